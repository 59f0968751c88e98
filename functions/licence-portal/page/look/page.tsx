import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components'
import { type ReactNode, useEffect, useRef } from 'react'

const useStyles = makeStyles({
  page: {
    boxSizing: 'border-box',
    maxWidth: '72rem',
    margin: '0 auto',
    padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalL}`,
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalL,
  },
  title: { ...typographyStyles.title1, margin: 0, ':focus': { outlineStyle: 'none' } },
})

/** The main part of a page. Its title names the window, and is where a reader goes on after a change of page. */
export function Page({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · SecureMailMerge`
  }, [title])
  useEffect(() => {
    // At the first page the browser itself is where reading begins.
    if (history.state?.isWithin) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <main className={styles.page} id="main">
      <h1 ref={heading} tabIndex={-1} className={styles.title}>
        {title}
      </h1>
      {children}
    </main>
  )
}
