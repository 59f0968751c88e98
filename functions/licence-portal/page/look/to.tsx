import { Link, makeStyles, tokens } from '@fluentui/react-components'
import type { MouseEvent, ReactNode } from 'react'
import { useLocation } from 'wouter'

const useStyles = makeStyles({
  current: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecorationLine: 'underline',
  },
})

/** Goes to another page of ours without loading it anew, unless it is wanted in another window. */
export function useGo() {
  const [, navigate] = useLocation()
  return (to: string) => (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    navigate(to, { state: { isWithin: true } })
    scrollTo(0, 0)
  }
}

/** A link to another page of ours; to that which is open, if it is `current`. */
export function To({ to, children, current }: { to: string; children: ReactNode; current?: boolean }) {
  const go = useGo()
  const styles = useStyles()
  return (
    <Link href={to} onClick={go(to)} {...(current && { className: styles.current, 'aria-current': 'page' as const })}>
      {children}
    </Link>
  )
}
