import {
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components'
import { type ReactNode, useEffect, useRef } from 'react'

const useStyles = makeStyles({
  surface: { maxWidth: '44rem' },
  content: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gridAutoRows: 'max-content',
    gap: tokens.spacingVerticalM,
    overflowWrap: 'anywhere',
  },
})

interface Framed {
  /** It has to be closed before it is taken away: else the rest of the page stays hidden from screen readers. */
  isOpen: boolean
  /** What had the focus when it was opened, and has it again afterwards. */
  opener: Element | null
  title: string
  children: ReactNode
  /** Buttons. */
  actions: ReactNode
  onClose: () => void
}

/** A dialog. When it closes, the focus is where it was before, or near it if that is gone. */
export function DialogFrame({ isOpen, opener, title, children, actions, onClose }: Framed) {
  const styles = useStyles()
  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => open || onClose()}>
      <DialogSurface className={styles.surface}>
        <Focus isOpen={isOpen} opener={opener} />
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>{children}</DialogContent>
          <DialogActions>{actions}</DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}

function Focus({ isOpen, opener }: Pick<Framed, 'isOpen' | 'opener'>) {
  const here = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    // The button that had it may be gone; no key would do anything in the dialog then.
    if (isOpen && document.activeElement === document.body)
      here.current?.closest<HTMLElement>('[role="dialog"]')?.focus()
  })
  useEffect(() => {
    const rows = opener?.closest('table')
    return () => void setTimeout(() => giveBack(opener, rows), 0)
  }, [opener])
  return <span ref={here} hidden />
}

function giveBack(opener: Element | null, rows: Element | null | undefined): void {
  // Somebody may have put it elsewhere in the meantime.
  if (document.activeElement && document.activeElement !== document.body) return
  const known = opener !== document.body && opener?.isConnected ? opener : rows?.querySelector('[tabindex="0"]')
  const to = known ?? document.querySelector('h1')
  if (to instanceof HTMLElement) to.focus()
}
