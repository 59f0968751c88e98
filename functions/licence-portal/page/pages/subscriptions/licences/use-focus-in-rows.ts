import { type FocusEvent, useEffect, useRef } from 'react'

/** Keeps the focus among the rows of a table, of which only some are drawn. `here` is the row that it is in. */
export function useFocusInRows(here: number) {
  const box = useRef<HTMLDivElement>(null)
  const goal = useRef<number | null>(null)
  const isWithin = useRef(false)
  useEffect(() => {
    // The row that had the focus is gone: its neighbour has it then.
    if (isWithin.current && document.activeElement === document.body) goal.current ??= here
    if (goal.current === null) return
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${goal.current}"]`)
    if (!row) return
    goal.current = null
    row.focus({ preventScroll: true })
  })
  return {
    box,
    /** Gives a row the focus as soon as it is drawn. */
    focusOn: (index: number) => {
      goal.current = index
    },
    onFocus: () => {
      isWithin.current = true
    },
    onBlur: ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget) isWithin.current = false
    },
  }
}
