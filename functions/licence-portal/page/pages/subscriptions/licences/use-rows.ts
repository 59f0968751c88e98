import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useCallback, useState } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { keyMove } from './key-move.ts'
import { withGaps } from './row-gaps.ts'
import { HEAD_PX } from './table-styles.ts'
import { useFocusInRows } from './use-focus-in-rows.ts'
import type { Selection } from './use-selection.ts'

const ROW_PX = 45
const OVERSCAN = 12

/** The rows in view of a long table, and how the keyboard goes through all of them. */
export function useRows(seats: readonly Seat[], selection: Selection, onMore: (index: number) => void) {
  const [chosen, setHere] = useState(0)
  const here = Math.min(chosen, Math.max(0, seats.length - 1))
  const { box, focusOn, ...focusKeys } = useFocusInRows(here)
  const virtual = useInView(seats, here, box)
  const { toggle, toggleAll, has } = selection
  const onToggle = useCallback(
    (index: number, asRange: boolean) => {
      const seat = seats[index]
      if (seat) toggle(seat.id, asRange)
    },
    [seats, toggle],
  )
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const isRow = (event.target as HTMLElement).tagName === 'TR'
    const move = keyMove(event, { here, count: seats.length, isRow })
    if (!move) return
    event.preventDefault()
    if (move.kind === 'all') return toggleAll()
    if (move.kind === 'more') return onMore(here)
    if (move.kind === 'toggle') return onToggle(here, move.asRange)
    if (move.asRange) {
      // What a range begins with is selected, too.
      const seat = seats[here]
      if (seat && !has(seat.id)) onToggle(here, false)
      onToggle(move.to, true)
    }
    focusOn(move.to)
    setHere(move.to)
    virtual.scrollToIndex(move.to)
  }
  const rows = withGaps(virtual.getVirtualItems(), { first: HEAD_PX, last: HEAD_PX + virtual.getTotalSize() })
  return { box, rows, measure: virtual.measureElement, here, setHere, onToggle, keys: { ...focusKeys, onKeyDown } }
}

function useInView(seats: readonly Seat[], here: number, box: { current: HTMLDivElement | null }) {
  const rangeExtractor = useCallback(
    // The row that has the focus stays, wherever one scrolls: the focus would be lost with it.
    (range: Range) => [...new Set([here, ...defaultRangeExtractor(range)])].sort((a, b) => a - b),
    [here],
  )
  return useVirtualizer<HTMLDivElement, HTMLTableRowElement>({
    count: seats.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollMargin: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
    getItemKey: (index) => seats[index]?.id ?? index,
    rangeExtractor,
  })
}
