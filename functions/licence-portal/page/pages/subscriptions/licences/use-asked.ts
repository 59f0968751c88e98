import { useCallback, useState } from 'react'
import type { Asked } from './dialogs.tsx'

/** The dialog that was opened last: it stays there, closed, until another takes its place. */
export interface AskedNow extends Asked {
  isOpen: boolean
  opener: Element | null
  /** Tells one from the next: what was typed into one is not in the next. */
  number: number
}

/** Opens one dialog after the other; `first` with the page. */
export function useAsked(first: () => Asked | null) {
  const [asked, setAsked] = useState<AskedNow | null>(() => opened(first(), 0))
  const ask = useCallback((wanted: Asked) => setAsked((last) => opened(wanted, (last?.number ?? 0) + 1)), [])
  const close = useCallback(() => setAsked((last) => last && { ...last, isOpen: false }), [])
  return { asked, ask, close }
}

const opened = <Wanted extends Asked | null>(wanted: Wanted, number: number) =>
  wanted && { ...wanted, isOpen: true, opener: document.activeElement, number }
