/** What one mailbox may send (product reference 4.1 and 4.3): mails a minute, recipients a day, bytes in 5 minutes. */
export const MAILS_A_MINUTE = 30
export const RECIPIENTS_A_DAY = 10_000
export const BYTES_IN_FIVE_MINUTES = 150 * 1024 * 1024

const MINUTE_MS = 60_000
/** Hosts know the time of the store to some hundredths of a second: one of two may be so far behind. */
const APART_MS = 100
/** Even spacing: a burst would leave a hole behind it. */
const SPACING_MS = MINUTE_MS / MAILS_A_MINUTE
/** A claim that came late makes the next one wait so much less: else the pace would fall behind by each delay. */
const CATCH_UP_MS = SPACING_MS / 2
/** A mail that was claimed in a bucket may leave the house so much later (E2: 60 s, and 30 s for the call). */
const LATE_MS = 2 * MINUTE_MS

/** Counts in buckets of equal length; `first` is the number of the first bucket since 1970. */
export interface Buckets {
  first: number
  counts: number[]
}

/** What was sent lately. Never counts too few; about 1 KB. */
export interface Windows {
  /** Ends of the last sends, in ms since 1970, the oldest first; at most 30 (E5). */
  ends: number[]
  /** When the last mail was claimed, or was due to be if that was shortly before, ms since 1970. */
  claimedAt: number
  /** Recipients, by quarters of an hour (E4). */
  recipients: Buckets
  /** Bytes, by half minutes. */
  bytes: Buckets
}

/** Before anything was sent. */
export const emptyWindows = (): Windows => ({
  ends: [],
  claimedAt: 0,
  recipients: { first: 0, counts: [] },
  bytes: { first: 0, counts: [] },
})

const spans = {
  recipients: { bucketMs: 15 * MINUTE_MS, spanMs: 24 * 60 * MINUTE_MS, most: RECIPIENTS_A_DAY },
  bytes: { bucketMs: MINUTE_MS / 2, spanMs: 5 * MINUTE_MS, most: BYTES_IN_FIVE_MINUTES },
}
type Span = (typeof spans)['bytes']

/** What one mail takes of the limits. */
export interface Need {
  recipients: number
  bytes: number
}

/** A mail is claimed: its recipients and bytes count from now on, whatever becomes of it. */
export const withClaim = (windows: Windows, need: Need, now: Date): Windows => ({
  ...windows,
  claimedAt: Math.min(now.getTime(), Math.max(windows.claimedAt + SPACING_MS, now.getTime() - CATCH_UP_MS)),
  recipients: counted(windows.recipients, spans.recipients, need.recipients, now.getTime()),
  bytes: counted(windows.bytes, spans.bytes, need.bytes, now.getTime()),
})

/** A call to send has ended. */
export const withEnd = (windows: Windows, at: Date): Windows => ({
  ...windows,
  ends: [...windows.ends, at.getTime()].sort((a, b) => a - b).slice(-MAILS_A_MINUTE),
})

/** No call to send takes longer (E2). */
const CALL_MS = 30_000

/** The latest end of a call that begins now. */
export const latestEnd = (now: Date): Date => new Date(now.getTime() + CALL_MS)

/** A mail without a claim, which would count while it is under way: from the beginning its latest end counts. */
export const withPlace = (windows: Windows, need: Need, now: Date): Windows =>
  withEnd(withClaim(windows, need, now), latestEnd(now))

/** A call whose end was counted ahead has ended. */
export function withEndMoved(windows: Windows, ahead: Date, at: Date): Windows {
  const place = windows.ends.lastIndexOf(ahead.getTime())
  return place === -1 ? windows : withEnd({ ...windows, ends: windows.ends.toSpliced(place, 1) }, at)
}

/**
 * The earliest instant at which one more mail may be claimed; `now` when that is at once.
 * @param inFlight mails that are claimed and whose end is not known: each counts as one of the last minute
 */
export function allowedAt(windows: Windows, inFlight: number, need: Need, now: Date): Date {
  const at = Math.max(
    now.getTime(),
    windows.claimedAt + SPACING_MS,
    minuteAllows(windows.ends, inFlight, now.getTime()),
    spanAllows(windows.recipients, spans.recipients, need.recipients, now.getTime()),
    spanAllows(windows.bytes, spans.bytes, need.bytes, now.getTime()),
  )
  return new Date(at)
}

/** When the day has room for so many recipients, which may be in hours; `now` when that is at once. */
export const dayAllowsAt = ({ recipients }: Windows, more: number, now: Date): Date =>
  new Date(spanAllows(recipients, spans.recipients, more, now.getTime()))

function minuteAllows(ends: number[], inFlight: number, now: number): number {
  const late = ends.filter((end) => end > now - MINUTE_MS - APART_MS)
  const tooMany = late.length + inFlight - (MAILS_A_MINUTE - 1)
  if (tooMany <= 0) return now
  // When those in flight alone are too many, their ends decide; they are looked at soon.
  return (late[tooMany - 1] ?? now) + MINUTE_MS + APART_MS
}

function counted({ first, counts }: Buckets, { bucketMs, spanMs }: Span, more: number, now: number): Buckets {
  const current = Math.floor(now / bucketMs)
  const oldest = Math.floor((now - spanMs - LATE_MS) / bucketMs)
  const start = counts.length === 0 ? current : Math.max(first, oldest)
  const kept = counts.slice(start - first)
  // A clock that was set back counts in the bucket it had reached.
  const at = Math.max(current - start, kept.length - 1, 0)
  const next = Array.from({ length: at + 1 }, (_, n) => kept[n] ?? 0)
  next[at] = (next[at] ?? 0) + more
  return { first: start, counts: next }
}

function spanAllows({ first, counts }: Buckets, { bucketMs, spanMs, most }: Span, more: number, now: number): number {
  const gone = (at: number) => (first + at + 1) * bucketMs + spanMs + LATE_MS
  const counting = counts.map((count, at) => ({ count, gone: gone(at) })).filter((bucket) => bucket.gone > now)
  let sum = counting.reduce((total, { count }) => total + count, 0)
  let allowed = now
  for (const bucket of counting) {
    // One mail alone that is over the limit is let through when nothing else counts: Microsoft says whether it takes it.
    if (sum + more <= most || sum === 0) break
    sum -= bucket.count
    allowed = bucket.gone
  }
  return allowed
}

/** Recipients of the last 24 hours, as far as we know. */
export function recipientsSince({ recipients: { first, counts } }: Windows, now: Date): number {
  const { bucketMs, spanMs } = spans.recipients
  return counts.reduce((sum, count, at) => sum + ((first + at + 1) * bucketMs + spanMs > now.getTime() ? count : 0), 0)
}
