import type { Items, Page, Stored, Write } from '../azure/items.ts'
import type { StoreClock } from '../azure/store-clock.ts'
import { Refusal } from '../refusal.ts'
import { type Campaign, type CampaignState, campaignItem, type TidyMark } from './campaign.ts'
import { type Ledger, ledgerItem, type RowState } from './ledger.ts'
import type { Mailbox } from './mailbox.ts'

/** How long a change is tried again when other writers come first. */
const PATIENCE_MS = 5_000

/** What a change looks at: the mailbox and the campaigns that it named. */
export interface Scene {
  mailbox: Mailbox
  campaigns: ReadonlyMap<string, Campaign>
  /** Of the rows that it named those that there are. */
  rows?: Stored<Ledger>[]
  now: Date
}

/** What a change wants written, all or nothing; what is not named stays. `null` writes nothing. */
export interface Changed<Answer> {
  answer: Answer
  mailbox?: Mailbox
  campaigns?: Campaign[]
  rows?: Write[]
}

/** A change that was made: what stands now, and the ETags of the rows that it wrote. */
export interface Made<Answer> {
  answer: Answer
  etags: string[]
}

/** Container `sending`: mailboxes, campaigns and the ledger, one partition a mailbox. Its clock is the store's. */
export class Sending {
  readonly #items: Items
  readonly #clock: StoreClock

  constructor(items: Items, clock: StoreClock) {
    this.#items = items
    this.#clock = clock
  }

  /** The store's time. @throws Error before the store was heard */
  now(): Date {
    return this.#clock.now()
  }

  mailbox(mailboxId: string): Promise<Stored<Mailbox> | undefined> {
    return this.#items.read<Mailbox>(mailboxId, 'mailbox')
  }

  campaign(mailboxId: string, campaignId: string): Promise<Stored<Campaign> | undefined> {
    return this.#items.read<Campaign>(mailboxId, campaignItem(campaignId))
  }

  row(mailboxId: string, campaignId: string, position: number): Promise<Stored<Ledger> | undefined> {
    return this.#items.read<Ledger>(mailboxId, ledgerItem(campaignId, position))
  }

  /** Replaces a row as it was read: its new ETag, or undefined when it has changed since. */
  replaceRow(row: Ledger, etag: string): Promise<string | undefined> {
    return this.#items.exchange(row.mailboxId, plain(row), etag)
  }

  /** Creates a mailbox; one that is there already stays. */
  async createMailbox(mailbox: Mailbox): Promise<void> {
    await this.#items.batch(mailbox.mailboxId, [{ create: mailbox }])
  }

  /** Creates a campaign. False when there is one of this id. */
  createCampaign(campaign: Campaign): Promise<boolean> {
    return this.#items.batch(campaign.mailboxId, [{ create: campaign }])
  }

  /**
   * The only way to change a mailbox or its campaigns: read, decide, one batch under all their ETags; from the beginning
   * when another writer came first. `decide` is pure and may be asked again.
   * @param of rows that are looked at as well
   * @throws Refusal `unavailable`, also when others keep coming first
   */
  async change<Answer>(
    mailboxId: string,
    campaignIds: string[],
    decide: (scene: Scene) => Changed<Answer>,
    of?: { campaignId: string; positions: number[] },
  ): Promise<Made<Answer> | undefined> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const [mailbox, found, ...campaigns] = await Promise.all([
        this.mailbox(mailboxId),
        Promise.all((of?.positions ?? []).map((position) => this.row(mailboxId, of?.campaignId ?? '', position))),
        ...campaignIds.map((id) => this.campaign(mailboxId, id)),
      ])
      if (!mailbox) return undefined
      const known = new Map(campaigns.filter((one) => one !== undefined).map((one) => [one.campaignId, one]))
      const rows = found.filter((row) => row !== undefined)
      const { answer, ...writes } = decide({ mailbox, campaigns: known, rows, now: this.now() })
      const batch = writesOf(mailbox, known, writes)
      if (batch.length === 0) return { answer, etags: [] }
      const etags = await this.#items.write(mailboxId, batch)
      if (etags) return { answer, etags: etags.slice(batch.length - (writes.rows?.length ?? 0)) }
      if (performance.now() > end) throw new Refusal('unavailable', 'Others were faster. Try again.')
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20))
    }
  }

  /** Mailboxes whose wake is overdue, for the sweeper. */
  overdue(before: Date, limit: number): Promise<Stored<Mailbox>[]> {
    const sql = "SELECT * FROM c WHERE c.kind = 'mailbox' AND c.wake.at <= @before"
    return this.#items.across<Mailbox>({ sql, parameters: { before: before.toISOString() } }, limit)
  }

  /** Campaigns that are not over and of which nothing has become since an instant; of one state, or all. */
  idleSince(before: Date, limit: number, state?: CampaignState): Promise<Stored<Campaign>[]> {
    const which = state ? ' AND c.state = @state' : ''
    const sql = `SELECT * FROM c WHERE c.kind = 'campaign' AND c.endedAt = null AND c.movedAt <= @before${which}`
    const parameters = { before: before.toISOString(), ...(state ? { state } : {}) }
    return this.#items.across<Campaign>({ sql, parameters }, limit)
  }

  /** Campaigns that ended before an instant; with the name of a mark, those that have not got it. */
  endedBefore(before: Date, limit: number, mark?: TidyMark): Promise<Stored<Campaign>[]> {
    const without = mark ? ` AND c.${mark} = false` : ''
    const sql = `SELECT * FROM c WHERE c.kind = 'campaign' AND c.endedAt <= @before${without}`
    return this.#items.across<Campaign>({ sql, parameters: { before: before.toISOString() } }, limit)
  }

  /** Notes what has been tidied of a campaign. False, and nothing, when it has gone on since it was read. */
  async mark({ mailboxId, campaignId, endedAt }: Campaign, mark: TidyMark): Promise<boolean> {
    const made = await this.change(mailboxId, [campaignId], ({ campaigns }) => {
      const campaign = campaigns.get(campaignId)
      if (!campaign || campaign.endedAt !== endedAt) return { answer: false }
      return { answer: true, campaigns: [{ ...campaign, [mark]: true }] }
    })
    return made?.answer ?? false
  }

  /** Deletes items of a mailbox; those that are gone already are no fault. */
  deleteItems(mailboxId: string, ids: string[]): Promise<void> {
    return this.#items.deleteAll(mailboxId, ids)
  }

  /** All mailboxes, for an operator's command. */
  mailboxes(): AsyncGenerator<Pick<Mailbox, 'mailboxId' | 'restored'>> {
    return this.#items.everywhere({ sql: "SELECT c.mailboxId, c.restored FROM c WHERE c.kind = 'mailbox'" })
  }

  /** Rows of a campaign behind a position, in order; of one state, or all. */
  async rows(campaign: Campaign, after: number, limit: number, state?: RowState): Promise<Stored<Ledger>[]> {
    const which = "c.kind = 'row' AND c.campaignId = @campaignId AND c.position > @after"
    const sql = `SELECT * FROM c WHERE ${which}${state ? ' AND c.state = @state' : ''} ORDER BY c.position`
    const parameters = { campaignId: campaign.campaignId, after, ...(state ? { state } : {}) }
    const found: Stored<Ledger>[] = []
    let next: string | null = null
    // A page may be short, or empty, and not be the last.
    do {
      const page: Page<Ledger> = await this.#items.page(
        campaign.mailboxId,
        { sql, parameters },
        limit - found.length,
        next,
      )
      found.push(...page.items)
      next = page.next
    } while (next !== null && found.length < limit)
    return found
  }

  /** All campaigns of a mailbox, the newest first. */
  async campaigns(mailboxId: string): Promise<Campaign[]> {
    const sql = "SELECT * FROM c WHERE c.kind = 'campaign'"
    const all = await this.#items.query<Campaign>(mailboxId, { sql })
    return all.sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }
}

function writesOf<Answer>(
  mailbox: Stored<Mailbox>,
  known: Map<string, Stored<Campaign>>,
  writes: Omit<Changed<Answer>, 'answer'>,
): Write[] {
  const batch: Write[] = []
  // A claim is guarded by the mailbox and the campaign, whichever of them it alters.
  if (writes.mailbox) batch.push({ replace: plain(writes.mailbox), etag: mailbox._etag })
  for (const campaign of writes.campaigns ?? []) {
    const stored = known.get(campaign.campaignId)
    if (stored) batch.push({ replace: plain(campaign), etag: stored._etag })
  }
  return [...batch, ...(writes.rows ?? []).map(plainly)]
}

const plainly = (write: Write): Write => ('replace' in write ? { ...write, replace: plain(write.replace) } : write)

/** Without the store's own fields, which it would store again. */
const plain = <T extends { id: string }>(item: T): T =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith('_'))) as T
