/** A row that is drawn, or (`index` null) a gap in place of those that are not. */
export interface Drawn {
  key: string
  index: number | null
  /** Height of the gap. */
  gap: number
}

interface Item {
  key: string | number | bigint
  index: number
  start: number
  end: number
}

/** The rows to draw with gaps before, between and behind them, so that all together are as high as all rows. */
export function withGaps(items: readonly Item[], { first, last }: { first: number; last: number }): Drawn[] {
  const drawn: Drawn[] = []
  let at = first
  const gapTo = (start: number) => {
    if (start > at) drawn.push({ key: `gap ${at > first ? drawn.length : 'first'}`, index: null, gap: start - at })
  }
  for (const { key, index, start, end } of items) {
    gapTo(start)
    drawn.push({ key: String(key), index, gap: 0 })
    at = end
  }
  gapTo(last)
  return drawn
}
