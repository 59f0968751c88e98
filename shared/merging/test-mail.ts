import type { Mails } from '../graph/mails.ts'
import { Refusal } from '../refusal.ts'
import { type Mail, recipientsOf } from './mail.ts'
import type { Sending } from './sending.ts'
import { allowedAt, withClaim, withEnd } from './windows.ts'

/** No call to send takes longer. */
const CALL_MS = 30_000

/**
 * Sends one mail outside of any campaign. It counts for the pace of its mailbox.
 * @throws Refusal `unavailable` when the mailbox has to wait, `not_allowed` when Microsoft refuses
 */
export async function sendTestMail(
  { sending, mails }: { sending: Sending; mails: Pick<Mails, 'sendMail'> },
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
  if (waits > 0) {
    const retryAfterSeconds = Math.ceil(waits / 1000)
    throw new Refusal('unavailable', 'The mailbox sends as fast as it may. Try again.', { retryAfterSeconds })
  }
  const outcome = await mails.sendMail(token, mail)
  if (outcome.kind === 'refused')
    throw new Refusal('not_allowed', 'Microsoft has refused the mail.', { why: codeOf(outcome.why) })
  return outcome.kind === 'done' ? 'sent' : 'unknown'
}

const codeOf = (why: { class: string; code?: string }): string => why.code ?? why.class
