import type { Stored, Write } from '@securemailmerge/shared/azure/items'
import { type Campaign, campaignItem } from '@securemailmerge/shared/merging/campaign'
import { type Ledger, ledgerItem, type RowState } from '@securemailmerge/shared/merging/ledger'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import type { Changed, Made, Scene, Sending } from '@securemailmerge/shared/merging/sending'

/** What lies in the store of one mailbox: values are never altered, only replaced. */
export interface Kept {
  items: ReadonlyMap<string, { id: string; _etag: string }>
  /** Makes ETags. */
  writes: number
}

export const nothing: Kept = { items: new Map(), writes: 0 }

/** The item as it lies there. */
export const kept = <T>({ items }: Kept, id: string): Stored<T> | undefined => items.get(id) as Stored<T> | undefined

/** All writes, or undefined when one of them meets another state than it was meant for. */
export function written({ items, writes: before }: Kept, writes: Write[]): { kept: Kept; etags: string[] } | undefined {
  const next = new Map(items)
  const etags: string[] = []
  for (const write of writes) {
    const item = 'create' in write ? write.create : write.replace
    const there = next.get(item.id)
    if ('create' in write ? there : there?._etag !== write.etag) return undefined
    const etag = `e${before + etags.length + 1}`
    etags.push(etag)
    next.set(item.id, { ...item, _etag: etag })
  }
  return { kept: { items: next, writes: before + etags.length }, etags }
}

/** What a change comes to on what lies there: its answer, and the writes of its batch. Like `Sending.change`, at once. */
export function decided<Answer>(
  before: Kept,
  campaignIds: string[],
  decide: (scene: Scene) => Changed<Answer>,
  now: Date,
): { kept: Kept; made: Made<Answer> | undefined } {
  const mailbox = kept<Mailbox>(before, 'mailbox')
  if (!mailbox) return { kept: before, made: undefined }
  const found = campaignIds.map((id) => kept<Campaign>(before, campaignItem(id)))
  const campaigns = new Map(found.filter((one) => one !== undefined).map((one) => [one.campaignId, one]))
  const { answer, mailbox: next, campaigns: others = [], rows = [] } = decide({ mailbox, campaigns, now })
  const writes: Write[] = [
    ...(next ? [{ replace: next, etag: mailbox._etag }] : []),
    ...others.map((one) => ({ replace: one, etag: campaigns.get(one.campaignId)?._etag ?? '' })),
    ...rows,
  ]
  const after = written(before, writes)
  // Nobody came between: only a row can be another than was read.
  if (!after) throw new Error('a batch that cannot be written')
  return { kept: after.kept, made: { answer, etags: after.etags.slice(writes.length - rows.length) } }
}

/** Rows of a campaign behind a position, in order. */
export const rowsOf = ({ items }: Kept, campaignId: string, after = 0, state?: RowState): Stored<Ledger>[] =>
  [...items.values()]
    .map((item) => item as Stored<Ledger>)
    .filter((item) => item.kind === 'row' && item.campaignId === campaignId && item.position > after)
    .filter((item) => state === undefined || item.state === state)
    .sort((a, b) => a.position - b.position)

/** A store in memory that stands in for `Sending`; each call takes as long as `pass` does. */
export class MemorySending {
  kept: Kept = nothing
  readonly #now: () => Date
  readonly #pass: () => Promise<unknown>

  constructor(now: () => Date, pass: () => Promise<unknown> = () => Promise.resolve()) {
    this.#now = now
    this.#pass = pass
  }

  /** As the code that is tested knows it. */
  get asSending(): Sending {
    return this as unknown as Sending
  }

  put(...items: { id: string }[]): void {
    const after = written(
      this.kept,
      items.map((item) => {
        const there = this.kept.items.get(item.id)
        return there ? { replace: item, etag: there._etag } : { create: item }
      }),
    )
    if (after) this.kept = after.kept
  }

  now = () => this.#now()
  mailbox = (_mailboxId = '') => this.#read<Mailbox>('mailbox')
  campaign = (_mailboxId: string, campaignId: string) => this.#read<Campaign>(campaignItem(campaignId))
  row = (_mailboxId: string, campaignId: string, position: number) =>
    this.#read<Ledger>(ledgerItem(campaignId, position))

  async rows({ campaignId }: Campaign, after: number, limit: number, state?: RowState): Promise<Ledger[]> {
    await this.#pass()
    return rowsOf(this.kept, campaignId, after, state).slice(0, limit)
  }

  async replaceRow(row: Ledger, etag: string): Promise<string | undefined> {
    await this.#pass()
    const after = written(this.kept, [{ replace: row, etag }])
    this.kept = after?.kept ?? this.kept
    return after?.etags[0]
  }

  async change<Answer>(
    _mailboxId: string,
    campaignIds: string[],
    decide: (scene: Scene) => Changed<Answer>,
    of?: { campaignId: string; positions: number[] },
  ): Promise<Made<Answer> | undefined> {
    await this.#pass()
    const rows = (of?.positions ?? [])
      .map((position) => kept<Ledger>(this.kept, ledgerItem(of?.campaignId ?? '', position)))
      .filter((row) => row !== undefined)
    const { kept: after, made } = decided(this.kept, campaignIds, (scene) => decide({ ...scene, rows }), this.now())
    this.kept = after
    return made
  }

  async #read<T>(id: string): Promise<Stored<T> | undefined> {
    await this.#pass()
    return kept<T>(this.kept, id)
  }
}
