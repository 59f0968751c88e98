import type { Mails } from '../graph/mails.ts'
import { Refusal } from '../refusal.ts'
import { type Mail, recipientsOf } from './mail.ts'
import { rested } from './moves.ts'
import { BUSY_MS, DAY_LIMIT_MS } from './send-row.ts'
import type { Sending } from './sending.ts'
import { allowedAt, withClaim, withEnd } from './windows.ts'

/** No call to send takes longer. */
const CALL_MS = 30_000

/** What a test mail stands on. */
export interface TestMailParts {
  sending: Sending
  mails: Pick<Mails, 'sendMail'>
  /** Microsoft has refused this access token. */
  tokenRefused: (mailboxId: string, token: string) => void
}

/**
 * Sends one mail outside of any campaign. It counts for the pace of its mailbox.
 * @throws Refusal `unavailable` when the mailbox has to wait, `not_allowed` when Microsoft refuses
 */
export async function sendTestMail(
  { sending, mails, tokenRefused }: TestMailParts,
  mailboxId: string,
  token: string,
  mail: Mail,
): Promise<'sent' | 'unknown'> {
  const need = { recipients: recipientsOf(mail), bytes: Buffer.byteLength(mail.html) }
  const made = await sending.change(mailboxId, [], ({ mailbox, now }) => {
    const resting = mailbox.rest ? Date.parse(mailbox.rest.until) : 0
    const at = Math.max(resting, allowedAt(mailbox.windows, mailbox.claims.length, need, now).getTime())
    if (at > now.getTime()) return { answer: at - now.getTime() }
    // It has no claim that would count while it is under way: what counts from the beginning is its latest end.
    const windows = withEnd(withClaim(mailbox.windows, need, now), new Date(now.getTime() + CALL_MS))
    return { answer: 0, mailbox: { ...mailbox, windows } }
  })
  const waits = made?.answer ?? 0
  if (waits > 0) throw later('The mailbox sends as fast as it may. Try again.', waits)
  const outcome = await mails.sendMail(token, mail)
  if (outcome.kind !== 'refused') return outcome.kind === 'done' ? 'sent' : 'unknown'
  const { why } = outcome
  if (why.class === 'sign_in') tokenRefused(mailboxId, token)
  if (why.class === 'transient') throw later('Microsoft is busy. Try again.', BUSY_MS)
  if (why.class !== 'throttled' && why.class !== 'day_limit')
    throw new Refusal('not_allowed', 'Microsoft has refused the mail.', { why: why.code })
  // It is the mailbox that has to wait, and everything that is sent from it.
  const restMs = why.class === 'throttled' ? (why.retryAfterMs ?? BUSY_MS) : DAY_LIMIT_MS
  await sending.change(mailboxId, [], ({ mailbox, now }) => ({
    answer: null,
    mailbox: rested(mailbox, new Date(now.getTime() + restMs), why.class),
  }))
  throw later('Microsoft lets the mailbox wait.', restMs)
}

const later = (sentence: string, ms: number): Refusal =>
  new Refusal('unavailable', sentence, { retryAfterSeconds: Math.ceil(ms / 1000) })
