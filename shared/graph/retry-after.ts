/** However long Microsoft asks us to wait, we ask again after this. */
export const LONGEST_WAIT_MS = 24 * 3_600_000

// The three forms of RFC 9110: Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT; Sun Nov  6 08:49:37 1994.
const date =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d) \d{2}:\d{2}:\d{2} (?:GMT|\d{4})$/
const LONGEST = 64

/**
 * How long a `Retry-After` header asks to wait, in ms, 24 h at most; null when it names no time that could be waited
 * for: absent, negative, past, or anything else.
 * @param answeredAt when the answer was made. Its own `Date` is best: then no clock of ours matters
 */
export function retryAfterMs(header: string | null, answeredAt: Date): number | null {
  const text = header?.trim() ?? ''
  if (text.length > LONGEST) return null
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), LONGEST_WAIT_MS)
  const wait = dateMs(text) - answeredAt.getTime()
  return wait > 0 ? Math.min(wait, LONGEST_WAIT_MS) : null
}

/** An HTTP-date in ms since 1970; NaN for any other text. */
export const dateMs = (text: string): number =>
  date.test(text) ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : Number.NaN
