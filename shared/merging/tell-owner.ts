import type { Mails } from '../graph/mails.ts'
import type { Outcome, Refused } from '../graph/outcome.ts'
import { type Campaign, isOver } from './campaign.ts'
import { changed, foldedAll, forget } from './folding.ts'
import type { Mail } from './mail.ts'
import type { Mailbox } from './mailbox.ts'
import { claimableAt, type Result, rested, restMsOf } from './moves.ts'
import { LEAST } from './next-look.ts'
import { type Notice, noticesOf, withoutNotice } from './notice.ts'
import { noticeMail } from './notice-mail.ts'
import type { Changed, Scene, Sending } from './sending.ts'
import { latestEnd, withEndMoved, withPlace } from './windows.ts'

/** What a notice takes of the limits, about. */
const NEED = { recipients: 1, bytes: 4096 }

/** What telling stands on. */
export interface TellParts {
  sending: Sending
  mails: Pick<Mails, 'sendMail'>
  /** Microsoft has refused this access token. */
  tokenRefused: (mailboxId: string, token: string) => void
  /** Where the owner of a mailbox gets mail, or null. */
  ownerAddress: (mailboxId: string) => Promise<string | null>
  /** A notice has not been sent, or nobody knows: a code. */
  notTold: (mailboxId: string, code: string) => void
}

/** A notice that is due, and who tells it. */
export interface Telling {
  mailbox: Mailbox
  notice: Notice
  results: Result[]
  token: string
}

/** A notice as it was taken off the list. */
interface Taken {
  campaign: Campaign | undefined
  /** The end of its call that was counted ahead. */
  held: Date
}

/**
 * Tells the owner of a mailbox what was done in their name (F24). At most once: the notice leaves the list and takes its
 * place in the pace before Microsoft is asked. Whatever becomes of it holds up no campaign.
 * @returns the mail that is under way, which fails for nothing; null when the mailbox has to be looked at again
 */
export async function tellOwner(parts: TellParts, telling: Telling): Promise<{ telling: Promise<void> } | null> {
  const { mailbox, notice, results, token } = telling
  const { mailboxId, account } = mailbox
  const address = await parts.ownerAddress(mailboxId)
  const folding = [...results]
  const ids = [...new Set([notice.id, ...folding.map(({ claim }) => claim.campaignId)])]
  const made = await parts.sending.change(mailboxId, ids, (scene) => taken(scene, folding, notice, address !== null))
  if (!made) return null
  forget(results, folding)
  if (made.answer === 'no_address') parts.notTold(mailboxId, made.answer)
  if (made.answer === null || made.answer === 'no_address' || address === null) return null
  const { campaign, held } = made.answer
  const mail = noticeMail(notice, { account, campaign }, address)
  return { telling: handOver(parts, { mailboxId, token, mail, held }) }
}

/** What the batch writes: what has ended is counted, and the notice is taken if it still can be. */
function taken(
  scene: Scene,
  results: Result[],
  notice: Notice,
  hasAddress: boolean,
): Changed<Taken | 'no_address' | null> {
  const { now } = scene
  const after = foldedAll(scene, results)
  const write = (mailbox: Mailbox) => changed(scene, { ...after, mailbox })
  const at = claimableAt(after.mailbox, LEAST, now)
  const isStill = noticesOf(after.mailbox).some(({ id }) => id === notice.id)
  if (!isStill || at === null || at > now) return { answer: null, ...write(after.mailbox) }
  const left = withoutNotice(after.mailbox, notice)
  const campaign = after.campaigns.get(notice.id)
  // What is over, or deleted, does not have to be stopped.
  if (notice.about === 'campaign' && (!campaign || isOver(campaign))) return { answer: null, ...write(left) }
  if (!hasAddress) return { answer: 'no_address', ...write(left) }
  const windows = withPlace(left.windows, NEED, now)
  return { answer: { campaign, held: latestEnd(now) }, ...write({ ...left, windows }) }
}

async function handOver(
  parts: TellParts,
  { mailboxId, token, mail, held }: { mailboxId: string; token: string; mail: Mail; held: Date },
): Promise<void> {
  const outcome = await parts.mails.sendMail(token, mail).catch(failed)
  const why = outcome.kind === 'refused' ? outcome.why : null
  if (why?.class === 'sign_in') parts.tokenRefused(mailboxId, token)
  if (outcome.kind !== 'done') parts.notTold(mailboxId, codeOf(outcome))
  const end = parts.sending.change(mailboxId, [], ({ mailbox, now }) => {
    const ended = { ...mailbox, windows: withEndMoved(mailbox.windows, held, now) }
    return { answer: null, mailbox: why ? afterRefusal(ended, why, now) : ended }
  })
  // With the store away, the end that was counted ahead stands: that is no harm.
  await end.catch(() => null)
}

/** A fault of ours, of which nobody can tell whether the mail has left before it. */
const failed = (): Outcome<void> => ({ kind: 'unclear', reason: 'fault' })

/** It is the mailbox that has to wait, and everything that is sent from it. */
function afterRefusal(mailbox: Mailbox, why: Refused, now: Date): Mailbox {
  if (why.class !== 'throttled' && why.class !== 'day_limit') return mailbox
  return rested(mailbox, new Date(now.getTime() + restMsOf(why)), why.class)
}

const codeOf = (outcome: Exclude<Outcome<void>, { kind: 'done' }>): string => {
  if (outcome.kind === 'unclear') return outcome.reason
  return 'code' in outcome.why ? outcome.why.code : outcome.why.class
}
