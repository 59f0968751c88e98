import type { Stored, Write } from '../azure/items.ts'
import { hash } from '../hash.ts'
import type { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import { type Act, regained, settleUnknown } from './acts.ts'
import { type Campaign, campaignItem, hasNoContent, mailboxOf } from './campaign.ts'
import type { Ledger, Said } from './ledger.ts'
import { type Mailbox, newMailbox } from './mailbox.ts'
import { mailboxIdOf } from './mailbox-id.ts'
import { refuseManyNotStarted } from './mailbox-limits.ts'
import { type Notice, withNotice } from './notice.ts'
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
   * @throws Refusal `idempotency_mismatch`, `too_many_campaigns`
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
    refuseManyNotStarted(await this.#sending.campaigns(mailboxId))
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

  /** The campaigns of an account that there is something to see of, the newest first, and its mailbox. */
  async list(account: Account): Promise<{ mailbox: Mailbox | undefined; campaigns: Campaign[] }> {
    const mailboxId = mailboxIdOf(account)
    const mailbox = await this.#sending.mailbox(mailboxId)
    const all = mailbox ? await this.#sending.campaigns(mailboxId) : []
    return { mailbox, campaigns: all.filter((campaign) => !isNothing(campaign)) }
  }

  /** Does something with a campaign, and wakes its mailbox when that has to be. @throws Refusal `not_found`, of the act */
  async act(account: Account, campaignId: string, act: Act): Promise<Seen> {
    return this.#change(ownMailbox(account, campaignId), campaignId, (seen, now) => {
      const pair = act(seen, now)
      return pair.mailbox === seen.mailbox && pair.campaign === seen.campaign ? { seen: pair } : { seen: pair, ...pair }
    })
  }

  /**
   * Writes down what the sender says of rows whose end is unknown, of all or none. A repeat changes nothing.
   * @throws Refusal `not_found` when there is one among them that was not unknown
   */
  async settle(account: Account, campaignId: string, positions: number[], as: Said): Promise<Seen> {
    const each = [...new Set(positions)]
    const decide = (seen: Seen, now: Date, rows: Stored<Ledger>[]) => {
      const found = rows.filter(({ state, said }) => state === 'unknown' || said === as)
      if (found.length < each.length) throw new Refusal('not_found', 'No mail of this row is unknown.')
      let pair: Seen = seen
      const writes: Write[] = []
      for (const { _etag: etag, ...stored } of found.filter(({ state }) => state === 'unknown')) {
        const { row, ...next } = settleUnknown(pair, stored, as, now)
        pair = next
        writes.push({ replace: row, etag })
      }
      if (writes.length === 0) return { seen }
      const woken = { ...pair, mailbox: wokenOnce(seen.mailbox, pair.mailbox) }
      return { seen: woken, ...woken, rows: writes }
    }
    return this.#change(ownMailbox(account, campaignId), campaignId, decide, each)
  }

  /** The owner has signed in, perhaps again: everything goes on. With a grant that is new they are told of it (F24). */
  async regain(mailboxId: string, granted?: { account: Account; notice: Notice }): Promise<void> {
    if (granted) await this.#sending.createMailbox(newMailbox(mailboxId, granted.account))
    const made = await this.#sending.change(mailboxId, [], ({ mailbox, now }) => {
      const next = regained(granted ? withNotice(mailbox, granted.notice) : mailbox, now)
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
      rows: Stored<Ledger>[],
    ) => { seen: Seen; mailbox?: Mailbox; campaign?: Campaign } & Pick<Changed<0>, 'rows'>,
    positions: number[] = [],
  ): Promise<Seen> {
    let before = 0
    const scene = ({ mailbox, campaigns, rows = [], now }: Scene): Changed<Seen | null> => {
      const campaign = campaigns.get(campaignId)
      if (!campaign) return { answer: null }
      before = mailbox.wake.number
      const { seen, campaign: changed, ...writes } = decide({ mailbox, campaign }, now, rows)
      return { answer: seen, ...writes, ...(changed ? { campaigns: [changed] } : {}) }
    }
    const made = await this.#sending.change(mailboxId, [campaignId], scene, { campaignId, positions })
    const seen = made?.answer ?? missing()
    const { number, at } = seen.mailbox.wake
    // What the queue does not take now the sweeper finds.
    if (number !== before && at) await this.#tick(mailboxId, number, new Date(at)).catch(() => {})
    return seen
  }
}

/** However many of its rows are to be tried again, a mailbox wakes once for them. */
const wokenOnce = ({ wake: { number } }: Mailbox, after: Mailbox): Mailbox => ({
  ...after,
  wake: { ...after.wake, number: Math.min(after.wake.number, number + 1) },
})

/** Deleted before its first mail: nobody has anything to look at. */
const isNothing = (campaign: Campaign): boolean => campaign.startedAt === null && hasNoContent(campaign)

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
  recipients: 0,
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
