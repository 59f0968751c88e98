import type { Mails } from '../graph/mails.ts'
import type { Refused } from '../graph/outcome.ts'
import { Refusal } from '../refusal.ts'
import { bytesOf, type Mail, recipientsOf } from './mail.ts'
import { BUSY_MS, rested, restMsOf } from './moves.ts'
import type { Sending } from './sending.ts'
import { allowedAt, withPlace } from './windows.ts'

/** A test mail waits so long for its place among those of campaigns, which leave none free. */
const PATIENCE_MS = 5_000
/** Codes of Microsoft's that say that it is the address. */
const aboutAddress = new Set(['ErrorInvalidRecipients', 'ErrorRecipientNotFound'])

/** What a test mail stands on. */
export interface TestMailParts {
  sending: Sending
  mails: Pick<Mails, 'sendMail'>
  /** An access token of the mailbox. @throws Refusal when there is none */
  token: () => Promise<string>
  /** Microsoft has refused this access token: the next one is new. */
  tokenRefused: (mailboxId: string, token: string) => void
  /** Waits for so many ms of the service's clock. */
  wait: (ms: number) => Promise<unknown>
}

/**
 * Sends one mail outside of any campaign. It counts for the pace of its mailbox, whose next place is kept for it.
 * @throws Refusal `unavailable` when the mailbox has to wait for long, `not_allowed` when Microsoft refuses,
 *   `input_invalid` when it refuses the address
 */
export async function sendTestMail(parts: TestMailParts, mailboxId: string, mail: Mail): Promise<'sent' | 'unknown'> {
  const first = await sentOnce(parts, mailboxId, mail)
  // A token may have been ended before its time: the next one is new.
  const outcome = isStale(first) ? await sentOnce(parts, mailboxId, mail) : first
  if (typeof outcome === 'string') return outcome
  throw await refusalOf(parts, mailboxId, outcome)
}

/** Not one that is good and not enough: the next would be the same. */
const isStale = (outcome: 'sent' | 'unknown' | Refused): boolean =>
  typeof outcome !== 'string' && outcome.class === 'sign_in' && outcome.code !== 'ErrorAccessDenied'

async function sentOnce(parts: TestMailParts, mailboxId: string, mail: Mail): Promise<'sent' | 'unknown' | Refused> {
  const token = await parts.token()
  await parts.wait(await placeOf(parts, mailboxId, mail))
  const outcome = await parts.mails.sendMail(token, mail)
  if (outcome.kind !== 'refused') return outcome.kind === 'done' ? 'sent' : 'unknown'
  if (outcome.why.class === 'sign_in') parts.tokenRefused(mailboxId, token)
  return outcome.why
}

/** Keeps the next place for a mail, before campaigns that run. @returns ms until then */
async function placeOf({ sending }: TestMailParts, mailboxId: string, mail: Mail): Promise<number> {
  const need = { recipients: recipientsOf(mail), bytes: bytesOf(mail) }
  const made = await sending.change(mailboxId, [], ({ mailbox, now }) => {
    const resting = mailbox.rest ? Date.parse(mailbox.rest.until) : 0
    const at = new Date(Math.max(resting, allowedAt(mailbox.windows, mailbox.claims.length, need, now).getTime()))
    const waits = Math.max(0, at.getTime() - now.getTime())
    if (waits > PATIENCE_MS) return { answer: waits }
    return { answer: waits, mailbox: { ...mailbox, windows: withPlace(mailbox.windows, need, at) } }
  })
  const waits = made?.answer ?? 0
  if (waits > PATIENCE_MS) throw later('The mailbox sends as fast as it may. Try again.', waits)
  return waits
}

async function refusalOf({ sending }: TestMailParts, mailboxId: string, why: Refused): Promise<Refusal> {
  switch (why.class) {
    case 'transient':
      return later('Microsoft is busy. Try again.', BUSY_MS)
    case 'throttled':
    case 'day_limit': {
      // It is the mailbox that has to wait, and everything that is sent from it.
      const restMs = restMsOf(why)
      await sending.change(mailboxId, [], ({ mailbox, now }) => ({
        answer: null,
        mailbox: rested(mailbox, new Date(now.getTime() + restMs), why.class),
      }))
      return later('Microsoft lets the mailbox wait.', restMs)
    }
    default: {
      if (!aboutAddress.has(why.code))
        return new Refusal('not_allowed', 'Microsoft has refused the mail.', { why: why.code })
      const errors = [{ at: 'body.to', fault: 'not_an_address' }]
      return new Refusal('input_invalid', 'Microsoft does not accept the address at body.to.', { errors })
    }
  }
}

const later = (sentence: string, ms: number): Refusal =>
  new Refusal('unavailable', sentence, { retryAfterSeconds: Math.ceil(ms / 1000) })
