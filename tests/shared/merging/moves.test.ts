import type { Outcome } from '@securemailmerge/shared/graph/outcome'
import { cancel, pause, resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import { type Campaign, isOver } from '@securemailmerge/shared/merging/campaign'
import { Campaigns } from '@securemailmerge/shared/merging/campaigns'
import { claimOne } from '@securemailmerge/shared/merging/claim-row'
import { fold } from '@securemailmerge/shared/merging/folding'
import type { Ledger } from '@securemailmerge/shared/merging/ledger'
import type { Mail } from '@securemailmerge/shared/merging/mail'
import type { Claim, Mailbox } from '@securemailmerge/shared/merging/mailbox'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import {
  caughtUp,
  claimableAt,
  claimed,
  folded,
  nextPosition,
  type Pair,
  passedOver,
  type Result,
  withoutEnded,
} from '@securemailmerge/shared/merging/moves'
import { refill } from '@securemailmerge/shared/merging/refill'
import { sendRow } from '@securemailmerge/shared/merging/send-row'
import { settleOld } from '@securemailmerge/shared/merging/settle-claims'
import type { TurnParts } from '@securemailmerge/shared/merging/turn'
import { Refusal } from '@securemailmerge/shared/refusal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAccount, later, noon, second } from '../../builders.ts'
import { type Kept, kept, MemorySending, rowsOf } from '../../kit/memory-sending.ts'
import { aCampaign, aMailbox, aRow, idOf } from '../../kit/merging-builders.ts'

const minute = 60 * second
const least = { recipients: 1, bytes: 0 }
const aClaim = (position: number, at: Date = noon, n = 1): Claim => ({
  id: `claim ${n} ${position}`,
  campaignId: idOf(n),
  position,
  at: at.toISOString(),
})
const aResult = (position: number, some: Partial<Result> = {}): Result => ({
  claim: aClaim(position),
  state: 'sent',
  end: noon,
  again: null,
  stop: null,
  ...some,
})
/** A pair of which these positions are claimed. */
const flying = (positions: number[], some: Partial<Campaign> = {}): Pair =>
  positions.reduce((pair, position) => claimed(pair, aClaim(position), least, noon), {
    mailbox: aMailbox(),
    campaign: aCampaign(some),
  })

describe('when one more mail may be claimed', () => {
  const at = (mailbox: Mailbox, now = noon) => claimableAt(mailbox, least, now)?.getTime()

  it('at once when nothing is in the way', () => expect(at(aMailbox())).toBe(noon.getTime()))

  it('three that are younger than 30 s hold up the fourth, until the oldest is 30 s old', () => {
    const claims = [aClaim(1, later(-29 * second)), aClaim(2, later(-20 * second)), aClaim(3, later(-10 * second))]
    expect(at(aMailbox({ claims }))).toBe(later(second).getTime())
    expect(at(aMailbox({ claims }), later(second))).toBe(later(second).getTime())
  })

  it('claims of dead hosts hold nobody up, up to 29', () => {
    const claims = Array.from({ length: 29 }, (_, n) => aClaim(n + 1, later(-31 * second - n)))
    // Each may leave, or have left, within a minute: they count for its pace.
    expect(at(aMailbox({ claims }))).toBe(noon.getTime())
    expect(at(aMailbox({ claims: [...claims, aClaim(30, later(-31 * second))] }))).toBeUndefined()
  })

  it('not before what Microsoft has asked for, and not at all without a sign-in', () => {
    expect(at(aMailbox({ rest: { until: later(minute).toISOString(), why: 'throttled' } }))).toBe(
      later(minute).getTime(),
    )
    expect(at(aMailbox({ lost: 'needs_sign_in' }))).toBeUndefined()
  })
})

describe('a claim', () => {
  it('moves the cursor, is in flight, and puts its campaign behind the others', () => {
    const open = [1, 2].map((n) => ({ campaignId: idOf(n), at: noon.toISOString() }))
    const { mailbox, campaign } = claimed(
      { mailbox: aMailbox({ open }), campaign: aCampaign() },
      aClaim(1),
      least,
      later(5),
    )
    expect(campaign).toMatchObject({ cursor: 1, startedAt: later(5).toISOString() })
    expect(mailbox.claims).toEqual([aClaim(1)])
    expect(mailbox.open.map(({ campaignId }) => campaignId)).toEqual([idOf(2), idOf(1)])
    expect(claimableAt(mailbox, least, later(5))).not.toEqual(later(5))
  })

  it('of the last row closes its campaign', () => {
    expect(flying([1, 2], { total: 2 }).mailbox.open).toEqual([])
  })

  it('of a row that is tried again leaves the cursor, and takes it off that list', () => {
    const again = [
      { position: 2, at: noon.toISOString() },
      { position: 1, at: noon.toISOString() },
      { position: 2, at: noon.toISOString() },
    ]
    const { campaign } = flying([2], { cursor: 7, again })
    expect(campaign).toMatchObject({ cursor: 7, again: [{ position: 1 }] })
  })
})

describe('the next position', () => {
  it('is one that is due again, then the one behind the cursor, then none', () => {
    const again = [
      { position: 3, at: later(minute).toISOString() },
      { position: 2, at: noon.toISOString() },
    ]
    expect(nextPosition(aCampaign({ cursor: 5, again }), noon)).toBe(2)
    expect(nextPosition(aCampaign({ cursor: 5 }), noon)).toBe(6)
    expect(nextPosition(aCampaign({ cursor: 10, again: again.slice(0, 1) }), noon)).toBeNull()
    expect(nextPosition(aCampaign({ state: 'paused' }), noon)).toBeNull()
    expect(nextPosition(aCampaign({ startAt: later(1).toISOString() }), noon)).toBeNull()
  })
})

describe('a result', () => {
  it('is counted once, however often it comes', () => {
    const pair = folded(flying([1]), aResult(1), noon)
    expect(pair.campaign.counts).toEqual({ sent: 1, failed: 0, unknown: 0 })
    expect(pair.mailbox).toMatchObject({ claims: [], windows: { ends: [noon.getTime()] } })
    expect(folded(pair, aResult(1), noon)).toEqual(pair)
    expect(folded(pair, aResult(1, { state: 'failed' }), noon)).toEqual(pair)
  })

  it('that is pending comes again at its time', () => {
    const { campaign, mailbox } = folded(
      flying([1], { total: 1 }),
      aResult(1, { state: 'pending', again: later(minute) }),
      noon,
    )
    expect(campaign).toMatchObject({ state: 'running', again: [{ position: 1, at: later(minute).toISOString() }] })
    expect(mailbox.open).toEqual([{ campaignId: idOf(), at: later(minute).toISOString() }])
  })

  it.each([
    [{ state: 'sent' }, {}, 'completed'],
    [{ state: 'failed' }, {}, 'completed_with_errors'],
    [{ state: 'unknown' }, {}, 'completed_with_errors'],
    [{ state: 'sent' }, { skipped: 1 }, 'completed_with_errors'],
    [{ state: 'sent' }, { retryFrom: 0 }, 'running'],
    [{ state: 'sent' }, { again: [{ position: 2, at: noon.toISOString() }] }, 'running'],
    [{ state: 'sent' }, { total: 2 }, 'running'],
  ] as const)('that is %j, of a campaign with %j, leaves it %s', (result, some, state) => {
    const pair = folded(flying([1], { total: 1, ...some } as Partial<Campaign>), aResult(1, result), later(5))
    expect(pair.campaign.state).toBe(state)
    expect(pair.campaign.endedAt).toBe(state === 'running' ? null : later(5).toISOString())
  })

  it('leaves a campaign open while another of it is in flight', () => {
    const one = folded(flying([1, 2], { total: 2 }), aResult(1), noon)
    expect(one.campaign.state).toBe('running')
    expect(folded(one, aResult(2), noon).campaign.state).toBe('completed')
  })

  it('of one that was paused or cancelled is counted, and changes nothing else', () => {
    for (const state of ['paused', 'cancelled'] as const) {
      const pair = flying([1], { total: 1 })
      const stopped = { ...pair, campaign: { ...pair.campaign, state } }
      expect(folded(stopped, aResult(1), noon).campaign).toMatchObject({ state, counts: { sent: 1 } })
    }
  })

  it('that is throttled makes the mailbox rest, and a longer rest stands', () => {
    const stop = (ms: number, kind: 'throttled' | 'day_limit' = 'throttled') => ({ kind, until: later(ms) })
    const waits = { state: 'pending', again: noon } as const
    const one = folded(flying([1, 2, 3]), aResult(1, { ...waits, stop: stop(minute, 'day_limit') }), noon)
    const two = folded(one, aResult(2, { ...waits, stop: stop(second) }), noon)
    expect(two.mailbox).toMatchObject({ rest: { until: later(minute).toISOString(), why: 'day_limit' }, throttles: 2 })
    expect(folded(two, aResult(3), noon).mailbox.throttles).toBe(0)
  })

  it('that tells of a lost sign-in closes the mailbox; of a refused sender, the campaign', () => {
    const lost = { state: 'pending', again: noon, stop: { kind: 'lost', why: 'needs_sign_in' } } as const
    expect(folded(flying([1]), aResult(1, lost), noon).mailbox.lost).toBe('needs_sign_in')
    const blocked = { state: 'pending', again: noon, stop: { kind: 'blocked', code: 'ErrorSendAsDenied' } } as const
    const pair = folded(flying([1]), aResult(1, blocked), noon)
    expect(pair.campaign).toMatchObject({ state: 'blocked', why: 'ErrorSendAsDenied' })
    expect(pair.mailbox.open).toEqual([])
  })

  it('pauses a campaign when 15 of the last 20 have failed, and not before', () => {
    let pair = flying([], { total: 100 })
    for (let position = 1; position <= 20; position += 1) {
      const one = claimed(pair, aClaim(position), least, noon)
      expect(one.campaign.state).toBe('running')
      pair = folded(one, aResult(position, { state: position % 4 === 0 ? 'sent' : 'failed' }), noon)
    }
    expect(pair.campaign).toMatchObject({ state: 'paused', why: 'mostly_failing', counts: { failed: 15, sent: 5 } })
  })
})

describe('an end that is written and not counted', () => {
  it('is counted before its row is touched again', () => {
    const pair = flying([1])
    expect(caughtUp(pair, aRow({ state: 'failed' }), noon).campaign.counts.failed).toBe(1)
    expect(caughtUp(pair, aRow({ state: 'sending' }), noon)).toBe(pair)
    expect(caughtUp(pair, aRow({ state: 'failed', position: 2 }), noon)).toBe(pair)
  })

  it('holds nobody up who knows of it', () => {
    const { mailbox } = flying([1, 2, 3])
    expect(withoutEnded(mailbox, [aResult(1), aResult(9)])).toMatchObject({
      claims: [aClaim(2), aClaim(3)],
      windows: { ends: [noon.getTime()] },
    })
  })

  it('a position that needs no try is passed over', () => {
    const again = [{ position: 2, at: noon.toISOString() }]
    expect(passedOver(flying([], { again }), 2, noon).campaign).toMatchObject({ again: [], cursor: 2 })
  })
})

type Say = Outcome<void>
const done: Say = { kind: 'done', value: undefined }
const refusals: Say[] = (
  [
    { class: 'throttled', retryAfterMs: 3_000 },
    { class: 'throttled', retryAfterMs: null },
    { class: 'day_limit' },
    { class: 'row', code: 'ErrorInvalidRecipients', isFinal: true },
    { class: 'sender', code: 'ErrorSendAsDenied' },
    { class: 'sign_in', code: 'InvalidAuthenticationToken', claims: null },
    { class: 'transient', code: 'ErrorServerBusy' },
    { class: 'transient', code: 'ErrorServerBusy' },
  ] as const
).map((why) => ({ kind: 'refused', why }))
const lost: Say = { kind: 'unclear', reason: 'timeout' }

type Step =
  /** One row is claimed, and Microsoft says this. The host dies before it has sent, before it has counted, or not. */
  | { do: 'send'; says: Say; dies: 'before' | 'after' | 'no'; turn: number }
  | { do: 'fold'; turn: number; twice: boolean }
  | { do: 'act'; act: 'pause' | 'resume' | 'cancel' | 'retry' | 'regain' }
  | { do: 'settle'; nth: number; as: 'sent' | 'again' }
  /** Reads what has failed; others come before it writes. */
  | { do: 'refill'; meanwhile: Step[] }
  | { do: 'wait'; ms: number }
  | { do: 'look' }

const sending: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('send'),
  says: fc.oneof({ weight: 3, arbitrary: fc.constant(done) }, fc.constantFrom(...refusals, lost)),
  dies: fc.oneof({ weight: 4, arbitrary: fc.constant('no' as const) }, fc.constantFrom('before', 'after')),
  turn: fc.nat({ max: 1 }),
})
const folding: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('fold'),
  turn: fc.nat({ max: 1 }),
  twice: fc.boolean(),
})
const acting: fc.Arbitrary<Step> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom('pause', 'resume', 'resume', 'retry', 'retry', 'regain') },
    { weight: 1, arbitrary: fc.constantFrom('cancel', 'resume', 'retry') },
  )
  .map((act): Step => ({ do: 'act', act: act as 'pause' }))
const settling: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('settle'),
  nth: fc.nat({ max: 5 }),
  as: fc.constantFrom('sent', 'again'),
})
const waiting: fc.Arbitrary<Step> = fc
  .constantFrom(2_000, 2_000, 35_000, 130_000, 130_000, 16 * minute)
  .map((ms) => ({ do: 'wait', ms }))
const simple = fc.oneof({ weight: 5, arbitrary: sending }, { weight: 2, arbitrary: folding }, acting, settling, waiting)
const refilling: fc.Arbitrary<Step> = fc
  .array(simple, { maxLength: 5 })
  .map((meanwhile) => ({ do: 'refill', meanwhile }))
const looking: fc.Arbitrary<Step> = fc.constant({ do: 'look' })
const life = fc.array(fc.oneof({ weight: 6, arbitrary: simple }, refilling, looking), { minLength: 1, maxLength: 50 })

/** A campaign of six rows, and everything that can happen to it, by the very code that sends. */
class Life {
  readonly account = anAccount(1)
  readonly mailboxId = mailboxIdOf(this.account)
  readonly campaignId = `${this.mailboxId}.${'c'.repeat(22)}`
  now = noon
  /** Who has been accepted, how often, and how often its sender has asked for one more. */
  readonly accepted = new Map<number, number>()
  readonly asked = new Map<number, number>()
  readonly #drafts = new Map<string, 'draft' | 'sent'>()
  readonly #results: Result[][] = [[], []]
  readonly #old: Result[] = []
  #said: Say = done
  #rowsRead: (() => Promise<void>) | null = null
  #claims = 0
  readonly sending = new MemorySending(() => this.now)
  readonly #campaigns = new Campaigns(this.sending.asSending, async () => {})
  readonly #parts: TurnParts

  constructor(mode: 'draft' | 'send') {
    const { mailboxId, campaignId } = this
    this.sending.put(
      aMailbox({ mailboxId, account: this.account }),
      aCampaign({ mailboxId, campaignId, id: `campaign:${campaignId}`, total: 6, mode }),
    )
    const rows = this.sending.rows.bind(this.sending)
    this.sending.rows = async (...given) => {
      const found = await rows(...given)
      await this.#rowsRead?.()
      return found
    }
    this.#parts = {
      sending: this.sending.asSending,
      mails: {
        createDraft: async () => {
          const id = `draft ${this.#drafts.size}`
          this.#drafts.set(id, 'draft')
          return { kind: 'done', value: { id, internetMessageId: id } }
        },
        sendDraft: async (_token: string, id: string) => this.#send(Number(id.split(' ')[1]), id),
        sendMail: async (_token: string, mail: Mail) => this.#send(Number(mail.stamp), null),
        deleteDraft: async () => done,
        look: async (_token: string, id: string) => ({ kind: 'done', value: this.#drafts.get(id) ?? 'gone' }),
        find: async () => ({ kind: 'done', value: 'none' }),
      } as unknown as TurnParts['mails'],
      monotonic: () => this.now.getTime(),
      token: async () => ({ token: 't' }),
      tokenRefused: () => {},
      ownerAddress: async () => null,
      notTold: () => {},
      footerDue: () => true,
      ready: async () => ({ mail: { problem: 'none' }, to: '', row: 0, need: least }),
      maySend: async () => true,
      wait: async () => {},
      tick: async () => {},
      sent: async () => {},
    }
  }

  get mailbox(): Mailbox {
    return kept<Mailbox>(this.sending.kept, 'mailbox')!
  }
  get campaign(): Campaign {
    return kept<Campaign>(this.sending.kept, `campaign:${this.campaignId}`)!
  }

  /** Begins where these rows have ended, and their campaign knows of it or not. */
  given(campaign: Partial<Campaign>, ...rows: Partial<Ledger>[]): void {
    const { mailboxId, campaignId } = this
    this.sending.put(
      { ...this.campaign, ...campaign },
      ...rows.map((row) => aRow({ ...row, mailboxId, campaignId, id: `row:${campaignId}:${row.position}` })),
    )
  }

  async doAll(...steps: Step[]): Promise<void> {
    for (const step of steps) await this.do(step)
    check(this)
  }

  async do(step: Step): Promise<void> {
    switch (step.do) {
      case 'send':
        return this.#claimAndSend(step)
      case 'fold': {
        const results = this.#results[step.turn]!
        this.#old.push(...results)
        if (step.twice) await fold(this.#parts, this.mailboxId, [...results])
        return fold(this.#parts, this.mailboxId, results)
      }
      case 'act':
        if (step.act === 'regain') return this.#campaigns.regain(this.mailboxId)
        return this.#allowed(this.#campaigns.act(this.account, this.campaignId, acts[step.act]))
      case 'settle': {
        const unknown = rowsOf(this.sending.kept, this.campaignId, 0, 'unknown')
        const row = unknown[step.nth % unknown.length]
        if (!row) return
        if (step.as === 'again' && this.campaign.state !== 'cancelled')
          this.asked.set(row.position, (this.asked.get(row.position) ?? 0) + 1)
        return this.#allowed(this.#campaigns.settle(this.account, this.campaignId, [row.position], step.as))
      }
      case 'refill': {
        this.#rowsRead = async () => {
          this.#rowsRead = null
          for (const other of step.meanwhile) await this.do(other)
        }
        await refill(this.#parts, this.mailboxId, this.campaignId)
        this.#rowsRead = null
        return
      }
      case 'wait':
        this.now = later(step.ms, this.now)
        return
      case 'look':
        return fold(this.#parts, this.mailboxId, await settleOld(this.#parts, this.mailboxId))
    }
  }

  /** Results that were counted long ago come again. */
  repeatAll = () => fold(this.#parts, this.mailboxId, [...this.#old])

  async #claimAndSend({ says, dies, turn }: Extract<Step, { do: 'send' }>): Promise<void> {
    const position = nextPosition(this.campaign, this.now)
    if (!position) return
    const at = claimableAt(this.mailbox, least, this.now)
    if (!at) return
    this.now = at
    const { mailboxId, campaignId, mailbox } = this
    const earlier = await this.sending.row(mailboxId, campaignId, position)
    this.#claims += 1
    const claim = { id: `claim ${this.#claims}`, campaignId, position, at: this.now.toISOString() }
    const mail = { stamp: String(position) } as Mail
    const ready = { mail, to: 'p@x.example', row: position, need: least }
    const results = this.#results[turn]!
    const own = await claimOne(this.#parts, { mailbox, claim, ready, earlier, results, token: 't' })
    if (!own || dies === 'before') return
    this.#said = says
    this.#row = position
    const result = await sendRow(this.#parts, own)
    if (result && dies === 'no') results.push(result)
  }

  #row = 0

  #send(_: number, draft: string | null): Say {
    if (draft !== null && this.#drafts.get(draft) !== 'draft') return lost
    // An answer that is lost: it has been accepted all the same.
    if (this.#said.kind !== 'refused') {
      this.accepted.set(this.#row, (this.accepted.get(this.#row) ?? 0) + 1)
      if (draft !== null) this.#drafts.set(draft, 'sent')
    }
    return this.#said
  }

  async #allowed(act: Promise<unknown>): Promise<void> {
    try {
      await act
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
}

const acts = { pause, resume, cancel, retry: retryFailed }

/** What each row is at, and that the counts say the same. */
function check({ campaign, mailbox, campaignId, accepted, asked, sending }: Life): void {
  const rows = new Map(rowsOf(sending.kept as Kept, campaignId).map((row) => [row.position, row]))
  const found = { sent: 0, failed: 0, unknown: 0, flying: 0, pending: 0 }
  for (let position = 1; position <= campaign.total; position += 1) {
    const state = rows.get(position)?.state ?? 'pending'
    const claims = mailbox.claims.filter((claim) => claim.position === position)
    expect(claims.length).toBeLessThanOrEqual(1)
    if (claims.length === 1) found.flying += 1
    else {
      expect(state).not.toBe('sending')
      found[state as 'sent'] += 1
      const isListed = position > campaign.cursor || campaign.again.some((one) => one.position === position)
      // Nothing that is pending is forgotten.
      if (state === 'pending' && campaign.state !== 'cancelled') expect(isListed).toBe(true)
    }
    // Twice at most as often as its sender said so.
    expect(accepted.get(position) ?? 0).toBeLessThanOrEqual(1 + (asked.get(position) ?? 0))
    if (state === 'sent' && rows.get(position)?.why !== 'said_by_sender')
      expect(accepted.get(position)).toBeGreaterThan(0)
  }
  const { flying, pending, ...counts } = found
  expect(campaign.counts).toEqual(counts)
  expect(counts.sent + counts.failed + counts.unknown + flying + pending).toBe(campaign.total)
  if (isOver(campaign) && campaign.state !== 'cancelled') expect(flying + pending).toBe(0)
  if (campaign.state === 'completed') expect(counts.sent).toBe(campaign.total)
  const isOpen = mailbox.open.some((one) => one.campaignId === campaignId)
  if (campaign.state !== 'running') expect(isOpen).toBe(false)
}

const send = (says: Say = done, dies: 'before' | 'after' | 'no' = 'no'): Step => ({ do: 'send', says, dies, turn: 0 })
const foldAll: Step = { do: 'fold', turn: 0, twice: false }
const retry: Step = { do: 'act', act: 'retry' }
const fill = (...meanwhile: Step[]): Step => ({ do: 'refill', meanwhile })

describe('a row that is tried again', () => {
  it('is not sent again when it was sent while a slow host looked for what had failed', async () => {
    const one = new Life('send')
    one.given(
      { cursor: 6, retryFrom: 0, counts: { sent: 4, failed: 2, unknown: 0 } },
      { position: 1, state: 'failed', why: 'ErrorServerBusy' },
      { position: 2, state: 'failed', why: 'ErrorInvalidRecipients', isFinal: true },
      ...[3, 4, 5, 6].map((position) => ({ position, state: 'sent' as const, why: 'said_by_sender' })),
    )
    await one.doAll(fill(fill(), send(), foldAll, fill(), retry), send(), foldAll, fill())
    expect(one.accepted.get(1)).toBe(1)
    expect(one.campaign).toMatchObject({ state: 'completed_with_errors', counts: { sent: 5, failed: 1 }, again: [] })
  })

  it('is counted rightly when its host had died before it was counted as failed', async () => {
    const one = new Life('send')
    const failed = { kind: 'refused', why: { class: 'transient', code: 'ErrorServerBusy' } } as const
    one.given({ total: 2 }, { position: 1, attempts: 4 }, { position: 2, attempts: 4 })
    await one.doAll(send(failed), send(failed, 'after'), foldAll, retry, fill(), fill())
    await one.doAll(send(), send(), foldAll, fill(), { do: 'wait', ms: 130_000 }, { do: 'look' })
    expect(one.campaign).toMatchObject({ state: 'completed', counts: { sent: 2, failed: 0, unknown: 0 } })
  })

  it('is counted rightly when its sender settles it before it was counted as unknown', async () => {
    const one = new Life('send')
    await one.doAll(
      send(lost),
      { do: 'settle', nth: 0, as: 'sent' },
      foldAll,
      { do: 'wait', ms: 130_000 },
      { do: 'look' },
    )
    expect(one.campaign.counts).toEqual({ sent: 1, failed: 0, unknown: 0 })
  })
})

describe('in every life of a campaign, whoever dies or comes twice', () => {
  it.each(['draft', 'send'] as const)(
    'sent, failed, unknown, in flight and pending make the total, and no row is sent twice: %s',
    { timeout: 60_000 },
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(life, async (steps) => {
          const one = new Life(mode)
          for (const step of steps) {
            await one.do(step)
            check(one)
          }
          await one.repeatAll()
          check(one)
        }),
        { numRuns: 1_500 },
      )
    },
  )
})
