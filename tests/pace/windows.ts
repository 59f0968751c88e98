const MINUTE_MS = 60_000

/** What the mails of one mailbox came to, by the instants at which Microsoft took them, in order. */
export interface Pace {
  mails: number
  /** In any 60 s. */
  most: number
  /** In any 60 s in which work was waiting. */
  least: number
}

/** How many of them lie in the 60 s that begin with each mail, and in those that begin right after it. */
export function paceOf(instants: readonly number[]): Pace {
  const last = instants.at(-1) ?? 0
  let [most, least] = [0, Number.POSITIVE_INFINITY]
  let end = 0
  for (const [at, from] of instants.entries()) {
    while (end < instants.length && (instants[end] as number) < from + MINUTE_MS) end += 1
    most = Math.max(most, end - at)
    // The minute right after this mail, up to and with its last instant.
    const inNext = (instants[end] === from + MINUTE_MS ? end + 1 : end) - at - 1
    if (from + MINUTE_MS <= last) least = Math.min(least, inNext)
  }
  return { mails: instants.length, most, least }
}

/** Mails in the 60 s before each of so many instants: what a chart shows. */
export function perMinute(instants: readonly number[], from: number, to: number, stepMs: number): [number, number][] {
  const points: [number, number][] = []
  for (let at = from; at <= to; at += stepMs)
    points.push([at, instants.filter((one) => one > at - MINUTE_MS && one <= at).length])
  return points
}

/** By how much the second half of these mails took longer than the first, as a share. */
export function slowedBy(instants: readonly number[], half: number): number {
  const middle = instants.findIndex((at) => at >= half)
  const count = Math.min(middle, instants.length - middle) - 1
  const took = (from: number) => (instants[from + count] as number) - (instants[from] as number)
  return took(middle) / took(middle - count) - 1
}
