import { hash } from '../hash.ts'
import type { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import { type Act, regained, settleUnknown } from './acts.ts'
import { type Campaign, campaignItem, mailboxOf } from './campaign.ts'
import { type Mailbox, newMailbox } from './mailbox.ts'
import { mailboxIdOf } from './mailbox-id.ts'
import type { Changed, Scene, Sending } from './sending.ts'

/** A campaign and its mailbox, as somebody looks at them. */
export interface Seen {
  mailbox: Mailbox
  campaign: Campaign
}

const missing = (): never => {
  throw new Refusal('not_found', 'There is no such campaign.')
}

/** What people do with their campaigns. A campaign of anybody else is missing. */
export class Campaigns {
  readonly #sending: Sending
  readonly #tick: (mailboxId: string, number: number, at: Date | null) => Promise<void>

  constructor(sending: Sending, tick: (mailboxId: string, number: number, at: Date | null) => Promise<void>) {
    this.#sending = sending
    this.#tick = tick
  }

  /**
   * Makes a campaign without a list. A repeat under the same change finds it.
   * @throws Refusal `idempotency_mismatch`
   */
  async create(
    account: Account,
    change: { id: string; fingerprint: string },
    given: Pick<Campaign, 'name' | 'from' | 'mode' | 'language' | 'licensedUntil'>,
    now: Date,
  ): Promise<Campaign> {
    const mailboxId = mailboxIdOf(account)
    const campaignId = `${mailboxId}.${hash(change.id).slice(0, 22)}`
    const known = await this.#sending.campaign(mailboxId, campaignId)
    if (known) return sameAs(known, change.fingerprint)
    await this.#sending.createMailbox(newMailbox(mailboxId, account))
    const campaign = newCampaign(mailboxId, campaignId, change.fingerprint, given, now)
    if (await this.#sending.createCampaign(campaign)) return campaign
    return sameAs((await this.#sending.campaign(mailboxId, campaignId)) ?? missing(), change.fingerprint)
  }

  /** @throws Refusal `not_found` */
  async see(account: Account, campaignId: string): Promise<Seen> {
    const mailboxId = ownMailbox(account, campaignId)
    const [mailbox, campaign] = await Promise.all([
      this.#sending.mailbox(mailboxId),
      this.#sending.campaign(mailboxId, campaignId),
    ])
    return mailbox && campaign ? { mailbox, campaign } : missing()
  }

  /** The campaigns of an account, the newest first, and its mailbox. */
  async list(account: Account): Promise<{ mailbox: Mailbox | undefined; campaigns: Campaign[] }> {
    const mailboxId = mailboxIdOf(account)
    const mailbox = await this.#sending.mailbox(mailboxId)
    return { mailbox, campaigns: mailbox ? await this.#sending.campaigns(mailboxId) : [] }
  }

  /** Does something with a campaign, and wakes its mailbox when that has to be. @throws Refusal `not_found`, of the act */
  async act(account: Account, campaignId: string, act: Act): Promise<Seen> {
    return this.#change(ownMailbox(account, campaignId), campaignId, (seen, now) => {
      const pair = act(seen, now)
      return pair.mailbox === seen.mailbox && pair.campaign === seen.campaign ? { seen: pair } : { seen: pair, ...pair }
    })
  }

  /** @throws Refusal `not_found` when there is no row at this position whose end is unknown */
  async settle(account: Account, campaignId: string, position: number, as: 'sent' | 'again'): Promise<Seen> {
    const decide = (seen: Seen, now: Date, stored: Scene['row']) => {
      if (stored?.state !== 'unknown') throw new Refusal('not_found', 'No mail of this row is unknown.')
      const { _etag: etag, ...row } = stored
      const { row: settled, ...pair } = settleUnknown(seen, row, as, now)
      return { seen: pair, ...pair, rows: [{ replace: settled, etag }] }
    }
    return this.#change(ownMailbox(account, campaignId), campaignId, decide, position)
  }

  /** The owner has signed in again: everything goes on. */
  async regain(mailboxId: string): Promise<void> {
    const made = await this.#sending.change(mailboxId, [], ({ mailbox, now }) => {
      const next = regained(mailbox, now)
      return { answer: next.wake.number, mailbox: next }
    })
    // What the queue does not take now the sweeper finds.
    if (made) await this.#tick(mailboxId, made.answer, null).catch(() => {})
  }

  async #change(
    mailboxId: string,
    campaignId: string,
    decide: (
      seen: Seen,
      now: Date,
      row: Scene['row'],
    ) => { seen: Seen; mailbox?: Mailbox; campaign?: Campaign } & Pick<Changed<0>, 'rows'>,
    position?: number,
  ): Promise<Seen> {
    let before = 0
    const scene = ({ mailbox, campaigns, row, now }: Scene): Changed<Seen | null> => {
      const campaign = campaigns.get(campaignId)
      if (!campaign) return { answer: null }
      before = mailbox.wake.number
      const { seen, campaign: changed, ...writes } = decide({ mailbox, campaign }, now, row)
      return { answer: seen, ...writes, ...(changed ? { campaigns: [changed] } : {}) }
    }
    const of = position === undefined ? undefined : { campaignId, position }
    const made = await this.#sending.change(mailboxId, [campaignId], scene, of)
    const seen = made?.answer ?? missing()
    const { number, at } = seen.mailbox.wake
    // What the queue does not take now the sweeper finds.
    if (number !== before && at) await this.#tick(mailboxId, number, new Date(at)).catch(() => {})
    return seen
  }
}

/** @throws Refusal `not_found` for a campaign of somebody else */
function ownMailbox(account: Account, campaignId: string): string {
  const mailboxId = mailboxIdOf(account)
  return mailboxOf(campaignId) === mailboxId ? mailboxId : missing()
}

function sameAs(known: Campaign, fingerprint: string): Campaign {
  if (known.fingerprint === fingerprint) return known
  throw new Refusal('idempotency_mismatch', 'This Idempotency-Key was used for another request.')
}

const newCampaign = (
  mailboxId: string,
  campaignId: string,
  fingerprint: string,
  given: Pick<Campaign, 'name' | 'from' | 'mode' | 'language' | 'licensedUntil'>,
  now: Date,
): Campaign => ({
  ...given,
  id: campaignItem(campaignId),
  kind: 'campaign',
  mailboxId,
  campaignId,
  fingerprint,
  state: 'draft',
  why: null,
  footer: null,
  list: null,
  total: 0,
  skipped: 0,
  cursor: 0,
  again: [],
  retryFrom: null,
  counts: { sent: 0, failed: 0, unknown: 0 },
  lately: '',
  bytes: 0,
  createdAt: now.toISOString(),
  startAt: null,
  startedAt: null,
  endedAt: null,
  movedAt: now.toISOString(),
  isEmptied: false,
  isSwept: given.mode === 'send',
})
