import type { Stored, Write } from '@securemailmerge/shared/azure/items'
import type { Outcome } from '@securemailmerge/shared/graph/outcome'
import { type Campaign, campaignItem } from '@securemailmerge/shared/merging/campaign'
import { claimOne } from '@securemailmerge/shared/merging/claim-row'
import { fold } from '@securemailmerge/shared/merging/folding'
import { type Ledger, ledgerItem } from '@securemailmerge/shared/merging/ledger'
import type { Mail } from '@securemailmerge/shared/merging/mail'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import { claimableAt, nextPosition } from '@securemailmerge/shared/merging/moves'
import { LEAST } from '@securemailmerge/shared/merging/next-look'
import { sendRow } from '@securemailmerge/shared/merging/send-row'
import type { Changed, Scene } from '@securemailmerge/shared/merging/sending'
import { settleOld } from '@securemailmerge/shared/merging/settle-claims'
import type { TurnParts } from '@securemailmerge/shared/merging/turn'
import { emptyWindows } from '@securemailmerge/shared/merging/windows'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'
import { noon } from '../../builders.ts'
import { aCampaign, aMailbox, aRow, idOf, mailboxId } from '../../kit/merging-builders.ts'

/*
 * Every order in which two workers can send two rows, by the very code that sends them: each call of theirs to the store
 * and to Microsoft is a step; between any two of them the other one works, time passes, or a worker dies. What a worker
 * does next depends on nothing but the answers it had and when they came, so that each such history runs once.
 */

/** Of what passes: after one a call to send may still arrive, after both a claim is past its lease. */
const STEPS_MS = [30_000, 91_000]
/** A call to send is given up after this. */
const CALL_MS = 30_000
const ROWS = 2

type GraphRequest =
  | { do: 'draft'; row: number }
  | { do: 'send_mail'; row: number }
  | { do: 'send_draft'; draft: string }
  | { do: 'look'; draft: string }
  | { do: 'find'; draft: string }
  | { do: 'delete'; draft: string }
type Request =
  | GraphRequest
  | { do: 'read'; id: string }
  | { do: 'replace'; row: Ledger; etag: string }
  | { do: 'change'; ids: string[]; decide: (scene: Scene) => Changed<unknown> }

/** What a step came to for whoever asked, and when. */
interface Answer {
  value?: unknown
  /** The store did not answer. */
  isFault?: boolean
  at: number
}

/** A worker after some answers: what it asks for next, since when; nothing when it is done. */
interface Point {
  id: number
  turn: number
  answers: Answer[]
  request: Request | null
  since: number
  next: Map<string, Point>
}

/** A short turn: what was left behind is settled, a row is claimed and sent, all is counted. */
async function turnOf(parts: TurnParts, turn: number): Promise<void> {
  const results = await settleOld(parts, mailboxId)
  const mailbox = await parts.sending.mailbox(mailboxId)
  const campaign = await parts.sending.campaign(mailboxId, idOf())
  const now = parts.sending.now()
  const position = campaign && nextPosition(campaign, now)
  const allowed = mailbox && claimableAt(mailbox, LEAST, now)
  if (position && allowed && allowed <= now) {
    const earlier = await parts.sending.row(mailboxId, idOf(), position)
    const claim = { id: `${turn}`, campaignId: idOf(), position, at: parts.sending.now().toISOString() }
    const ready = { mail: { stamp: String(position) } as Mail, to: 'p@x.example', row: position, need: LEAST }
    const own = await claimOne(parts, { mailbox, claim, ready, earlier, results, token: 't' })
    const result = own && (await sendRow(parts, own))
    if (result) results.push(result)
  }
  await fold(parts, mailboxId, results)
}

function partsOf(ask: (request: Request) => Promise<unknown>, now: () => number): TurnParts {
  return {
    sending: {
      now: () => new Date(now()),
      mailbox: () => ask({ do: 'read', id: 'mailbox' }),
      campaign: () => ask({ do: 'read', id: campaignItem(idOf()) }),
      row: (_mailbox: string, _campaign: string, position: number) =>
        ask({ do: 'read', id: ledgerItem(idOf(), position) }),
      replaceRow: (row: Ledger, etag: string) => ask({ do: 'replace', row, etag }),
      change: (_mailbox: string, ids: string[], decide: (scene: Scene) => Changed<unknown>) =>
        ask({ do: 'change', ids, decide }),
    },
    mails: {
      createDraft: (_token: string, { stamp }: Mail) => ask({ do: 'draft', row: Number(stamp) }),
      sendMail: (_token: string, { stamp }: Mail) => ask({ do: 'send_mail', row: Number(stamp) }),
      sendDraft: (_token: string, draft: string) => ask({ do: 'send_draft', draft }),
      look: (_token: string, draft: string) => ask({ do: 'look', draft }),
      find: (_token: string, draft: string) => ask({ do: 'find', draft }),
      deleteDraft: (_token: string, draft: string) => ask({ do: 'delete', draft }),
    },
    monotonic: now,
    token: async () => ({ token: 't' }),
    footerDue: () => true,
    tokenRefused: () => {},
  } as unknown as TurnParts
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Runs a turn with these answers, and tells what it asks for then. */
async function asked(turn: number, answers: Answer[]): Promise<Request | null> {
  const open: { request: Request; resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = []
  let now = 0
  const ask = (request: Request) => new Promise((resolve, reject) => open.push({ request, resolve, reject }))
  // A store that is away ends a turn.
  turnOf(
    partsOf(ask, () => now),
    turn,
  ).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
  })
  await settled()
  for (const { value, isFault, at } of answers) {
    now = at
    const one = open.shift()
    if (isFault) one?.reject(new Refusal('unavailable', 'away'))
    else one?.resolve(value)
    await settled()
  }
  return open[0]?.request ?? null
}

/** All histories of workers so far. */
class Histories {
  readonly #first = new Map<number, Point>()
  count = 0

  first = (turn: number): Promise<Point> => this.#known(this.#first, turn, () => this.#make(turn, []))

  after({ turn, answers, next }: Point, answer: Answer): Promise<Point> {
    const { value, isFault, at } = answer
    const label = `${at} ${isFault ? 'fault' : typeof value === 'object' && value ? numberOf(value) : String(value)}`
    return this.#known(next, label, () => this.#make(turn, [...answers, answer]))
  }

  async #known<Key>(points: Map<Key, Point>, key: Key, make: () => Promise<Point>): Promise<Point> {
    const known = points.get(key)
    if (known) return known
    const made = await make()
    points.set(key, made)
    return made
  }

  async #make(turn: number, answers: Answer[]): Promise<Point> {
    const request = await asked(turn, answers)
    this.count += 1
    return { id: this.count, turn, answers, request, since: answers.at(-1)?.at ?? 0, next: new Map() }
  }
}

/** A draft in the mailbox: of which row, and what has become of it. */
interface Draft {
  row: number
  state: 'draft' | 'sent' | 'gone'
}

type Store = ReadonlyMap<string, Stored<{ id: string }>>

interface State {
  at: number
  store: Store
  drafts: Readonly<Record<string, Draft>>
  /** How often the mail of each row was accepted. */
  accepted: readonly number[]
  workers: readonly (Point | null)[]
  left: { turns: number; steps: number; crashes: number; store: number; graph: number; deletions: number }
  /** How it came to this. */
  before: State | null
  how: string
}

/** What differs between the mailboxes of Microsoft (E2), and between campaigns. */
interface Kind {
  mode: 'draft' | 'send'
  idAfterSend: 'survives' | 'replaced'
  secondSend: 'not_found' | 'sent_again'
}

/** Versions count for each item, so that orders which come to the same are the same. */
function written(store: Store, writes: Write[]): { store: Store; etags: string[] } | undefined {
  const next = new Map(store)
  const etags: string[] = []
  for (const write of writes) {
    const item = 'create' in write ? write.create : write.replace
    const there = next.get(item.id)
    if ('create' in write ? there : there?._etag !== write.etag) return undefined
    const etag = String(Number(there?._etag ?? 0) + 1)
    etags.push(etag)
    next.set(item.id, { ...plain(item), _etag: etag })
  }
  return { store: next, etags }
}

const eternal = noon.toISOString()
/** Without what is of no account here: the pace, and when a campaign last moved. */
function plain(item: { id: string }): { id: string } {
  const { kind } = item as { id: string; kind?: string }
  if (kind === 'mailbox') return { ...item, windows: emptyWindows() } as Mailbox
  if (kind !== 'campaign') return item
  const moved = { movedAt: eternal, startedAt: eternal, endedAt: null, lately: '' }
  return { ...item, ...moved } as Campaign
}

function decidedOn(store: Store, { ids, decide }: Extract<Request, { do: 'change' }>, now: number) {
  const mailbox = store.get('mailbox') as Stored<Mailbox>
  const found = ids.flatMap((id) => (store.get(campaignItem(id)) as Stored<Campaign>) ?? [])
  const campaigns = new Map(found.map((one) => [one.campaignId, one]))
  const changed = decide({ mailbox, campaigns, now: new Date(now) })
  const { rows = [] } = changed
  const writes: Write[] = [
    ...(changed.mailbox ? [{ replace: changed.mailbox, etag: mailbox._etag }] : []),
    ...(changed.campaigns ?? []).map((one) => ({ replace: one, etag: campaigns.get(one.campaignId)?._etag ?? '' })),
    ...rows,
  ]
  const after = written(store, writes)
  // A row that has changed since it was read: it would be decided again on the same, until patience ends.
  if (!after) return { store, value: undefined }
  return {
    store: after.store,
    value: { answer: changed.answer, etags: after.etags.slice(writes.length - rows.length) },
  }
}

const done = (value?: unknown): Outcome<unknown> => ({ kind: 'done', value })
const unclear: Outcome<never> = { kind: 'unclear', reason: 'timeout' }
const busy: Outcome<never> = { kind: 'refused', why: { class: 'transient', code: 'ErrorServerBusy' } }

/** One way in which a step can end. */
interface End {
  how: string
  state: Partial<State>
  answer: Omit<Answer, 'at'>
  /** What has to go wrong for it. */
  costs?: 'store' | 'graph'
}

/** All ways in which a request can end, the good one first. */
function endsOf(state: State, { request, since, turn }: Point, kind: Kind): End[] {
  if (!request) return []
  switch (request.do) {
    case 'read':
      return [{ how: 'read', state: {}, answer: { value: state.store.get(request.id) } }]
    case 'replace': {
      const after = written(state.store, [{ replace: request.row, etag: request.etag }])
      return storeEnds(state, { store: after?.store ?? state.store, value: after?.etags[0] })
    }
    case 'change': {
      const one = decidedOn(state.store, request, state.at)
      // Not to be written: a row is another by now. The caller gives up after a time.
      if (!one.value) return [{ how: 'others were faster', state: {}, answer: { isFault: true } }]
      const two = decidedOn(one.store, request, state.at)
      const again = { how: 'written, and decided once more', state: { store: two.store }, costs: 'store' as const }
      const more = two.value ? { answer: { value: two.value } } : { answer: { isFault: true } }
      return [...storeEnds(state, { store: one.store, value: one.value }), { ...again, ...more }]
    }
    case 'draft': {
      const row = ledgersOf(state)[request.row - 1]
      if (row?.draft && row.claim === String(turn)) throw new Error(`drafted twice:\n${storyOf(state)}`)
      return graphEnds(state, request, since, kind)
    }
    default:
      return graphEnds(state, request, since, kind)
  }
}

function storeEnds(state: State, { store, value }: { store: Store; value: unknown }): End[] {
  const lost = { answer: { isFault: true }, costs: 'store' as const }
  return [
    { how: 'written', state: { store }, answer: { value } },
    { how: 'written, answer lost', state: { store }, ...lost },
    { how: 'not written', state: { store: state.store }, ...lost },
  ]
}

function graphEnds(state: State, request: GraphRequest, since: number, { idAfterSend, secondSend }: Kind): End[] {
  const { drafts, accepted } = state
  const end = (how: string, value: unknown, more: Partial<State> = {}): End => ({ how, state: more, answer: { value } })
  const costing = (one: End): End => ({ ...one, costs: 'graph' })
  const leaves = (row: number) => ({ accepted: accepted.with(row - 1, accepted[row - 1]! + 1) })
  const sending = (sent: Partial<State>): End[] => {
    const lost = end('not sent, no answer', unclear)
    // Whoever froze before the call has given it up by now: that is what is left of E2.
    if (state.at - since > CALL_MS) return [lost]
    const others = [end('sent, answer lost', unclear, sent), lost, end('refused', busy)]
    return [end('sent', done(), sent), ...others.map(costing)]
  }
  if (request.do === 'send_mail') return sending(leaves(request.row))
  if (request.do === 'draft') {
    const id = `d${request.row}.${Object.values(drafts).filter(({ row }) => row === request.row).length + 1}`
    const made = { drafts: { ...drafts, [id]: { row: request.row, state: 'draft' } as const } }
    const stray = [end('drafted, answer lost', unclear, made), end('not drafted', busy)]
    return [end('drafted', done({ id, internetMessageId: id }), made), ...stray.map(costing)]
  }
  const draft = drafts[request.draft]!
  const put = (next: Draft['state']) => ({ drafts: { ...drafts, [request.draft]: { ...draft, state: next } } })
  switch (request.do) {
    case 'send_draft': {
      if (draft.state === 'draft') return sending({ ...put('sent'), ...leaves(draft.row) })
      const isAgain = draft.state === 'sent' && secondSend === 'sent_again'
      return isAgain ? sending(leaves(draft.row)) : [end('not found', unclear)]
    }
    case 'look': {
      const seen = draft.state === 'sent' && idAfterSend === 'replaced' ? 'gone' : draft.state
      return [end(`looked: ${seen}`, done(seen)), costing(end('not looked', busy))]
    }
    case 'find': {
      const found = draft.state === 'sent' ? 'sent' : 'none'
      return [end(`found: ${found}`, done(found)), costing(end('not indexed yet', done('none')))]
    }
    case 'delete':
      return [end('deleted', done(), draft.state === 'draft' ? put('gone') : {})]
  }
}

const texts = new Map<string, number>()
const numbers = new WeakMap<object, number>()
/** A number for whatever looks the same. */
function numberOf(item: object): number {
  const known = numbers.get(item)
  if (known !== undefined) return known
  const text = JSON.stringify(item)
  const number = texts.get(text) ?? texts.size
  texts.set(text, number)
  numbers.set(item, number)
  return number
}

function keyOf({ at, store, drafts, accepted, workers, left }: State): string {
  let key = `${at}|${accepted}|`
  for (const [id, item] of store) key += `${id.at(-1)}${numberOf(item)} `
  for (const id of Object.keys(drafts).sort()) key += `|${id}${drafts[id]!.state}`
  for (const worker of workers) key += `|${worker?.id ?? '-'}`
  return `${key}|${left.turns}${left.steps}${left.crashes}${left.store}${left.graph}${left.deletions}`
}

/** How a state came about, from the beginning. */
function storyOf(state: State): string {
  const lines: string[] = []
  for (let one: State | null = state; one; one = one.before) lines.unshift(one.how)
  return lines.join('\n')
}

const ledgersOf = ({ store }: State): Ledger[] =>
  Array.from({ length: ROWS }, (_, n) => store.get(ledgerItem(idOf(), n + 1)) as unknown as Ledger)

class Search {
  readonly #kind: Kind
  readonly #histories = new Histories()
  readonly #known = new Set<string>()
  readonly #ended = new Set<string>()
  readonly ends: Record<string, number> = {}

  constructor(kind: Kind) {
    this.#kind = kind
  }

  get states(): number {
    return this.#known.size
  }

  /** @param attempts how often each row has been tried before */
  async run(left: State['left'], attempts = 0): Promise<void> {
    const positions = Array.from({ length: ROWS }, (_, at) => at + 1)
    const tried = attempts > 0 ? positions : []
    const again = tried.map((position) => ({ position, at: noon.toISOString() }))
    const first = written(new Map(), [
      { create: aMailbox() },
      { create: aCampaign({ total: ROWS, mode: this.#kind.mode, cursor: again.length, again }) },
      ...tried.map((position) => ({ create: aRow({ position, attempts }) })),
    ])
    const accepted = Array.from({ length: ROWS }, () => 0)
    const workers = [null, null]
    const waiting: State[] = [
      { at: noon.getTime(), store: first!.store, drafts: {}, accepted, workers, left, before: null, how: 'begun' },
    ]
    for (let state = waiting.pop(); state; state = waiting.pop()) {
      this.#look(state)
      let isLast = true
      for (const next of await this.#after(state)) {
        isLast = false
        const key = keyOf(next)
        if (this.#known.has(key)) continue
        this.#known.add(key)
        waiting.push(next)
      }
      if (isLast || state.workers.every((one) => one === null)) await this.#end(state)
    }
  }

  /** At most once, in every state. */
  #look(state: State): void {
    if (state.accepted.some((times) => times > 1)) throw new Error(`sent twice:\n${storyOf(state)}`)
    const { claims } = state.store.get('mailbox') as unknown as Mailbox
    if (new Set(claims.map(({ position }) => position)).size < claims.length)
      throw new Error(`claimed twice:\n${storyOf(state)}`)
  }

  async #after(state: State): Promise<State[]> {
    const { left, workers } = state
    const next: State[] = []
    for (const [n, worker] of workers.entries()) {
      const name = 'AB'[n]
      const set = (point: Point | null) => workers.with(n, point?.request ? point : null)
      if (!worker) {
        if (left.turns === 0) continue
        const point = await this.#read(await this.#histories.first(left.turns), state.store, state.at)
        const fewer = { ...left, turns: left.turns - 1 }
        next.push({
          ...state,
          workers: set(point),
          left: fewer,
          before: state,
          how: `${name} begins turn ${left.turns}`,
        })
        continue
      }
      for (const end of endsOf(state, worker, this.#kind)) {
        const cost = end.costs
        if (cost && left[cost] === 0) continue
        const { store = state.store } = end.state
        const point = await this.#read(
          await this.#histories.after(worker, { ...end.answer, at: state.at }),
          store,
          state.at,
        )
        const fewer = cost ? { ...left, [cost]: left[cost] - 1 } : left
        const how = `${name} ${worker.request!.do}: ${end.how}`
        next.push({ ...state, ...end.state, workers: set(point), left: fewer, before: state, how })
      }
      if (left.crashes > 0) {
        const fewer = { ...left, crashes: left.crashes - 1 }
        next.push({ ...state, workers: set(null), left: fewer, before: state, how: `${name} dies` })
      }
    }
    if (left.steps > 0) {
      const fewer = { ...left, steps: left.steps - 1 }
      for (const ms of STEPS_MS)
        next.push({ ...state, at: state.at + ms, left: fewer, before: state, how: `${ms / 1000} s pass` })
    }
    for (const [id, draft] of left.deletions > 0 ? Object.entries(state.drafts) : []) {
      if (draft.state !== 'draft') continue
      const fewer = { ...left, deletions: left.deletions - 1 }
      const drafts = { ...state.drafts, [id]: { ...draft, state: 'gone' as const } }
      next.push({ ...state, drafts, left: fewer, before: state, how: `the person deletes ${id}` })
    }
    return next
  }

  /** What is read at once after a step is no step of its own: others can come before the next. */
  async #read(from: Point, store: Store, at: number): Promise<Point> {
    let point = from
    while (point.request?.do === 'read')
      point = await this.#histories.after(point, { value: store.get(point.request.id), at })
    return point
  }

  /** From here on nothing goes wrong any more: each row ends, as what has become of its mail. */
  async #end(from: State): Promise<void> {
    let state: State = from
    const passed: string[] = []
    for (let round = 0; round < 60; round += 1) {
      const { store } = state
      const { state: is } = store.get(campaignItem(idOf())) as unknown as Campaign
      const isIdle = state.workers.every((one) => one === null)
      if (isIdle && is !== 'running') break
      const key = isIdle ? `${keyOf(state)} ${state.at}` : ''
      if (key && this.#ended.has(key)) return
      if (key) passed.push(key)
      state = isIdle ? await this.#begun(state, round) : await this.#worked(state)
      this.#look(state)
    }
    this.#judge(state)
    for (const key of passed) this.#ended.add(key)
  }

  /** Another turn, a while later. */
  async #begun(state: State, round: number): Promise<State> {
    const point = await this.#histories.first(100 + round)
    const at = state.at + STEPS_MS[0]! + STEPS_MS[1]!
    return { ...state, at, workers: [point, null], before: state, how: 'much later a turn begins' }
  }

  /** Whoever is at work goes on to its end. */
  async #worked(from: State): Promise<State> {
    let state = from
    for (const [n] of state.workers.entries())
      for (let worker = state.workers[n]; worker; worker = state.workers[n]) {
        const [end] = endsOf(state, worker, this.#kind)
        const point = await this.#histories.after(worker, { ...end!.answer, at: state.at })
        const workers = state.workers.with(n, point.request ? point : null)
        state = {
          ...state,
          ...end!.state,
          workers,
          before: state,
          how: `${'AB'[n]} ${worker.request!.do}: ${end!.how}`,
        }
      }
    return state
  }

  #judge(state: State): void {
    const rows = ledgersOf(state)
    const campaign = state.store.get(campaignItem(idOf())) as unknown as Campaign
    const { claims } = state.store.get('mailbox') as unknown as Mailbox
    const fault = (what: string) =>
      new Error(`${what}:\n${storyOf(state)}\n${JSON.stringify([rows, campaign, claims])}`)
    if (campaign.state === 'running' || claims.length > 0) throw fault('never ends')
    for (const [at, { state: is }] of rows.entries()) {
      const times = state.accepted[at]
      this.ends[is] = (this.ends[is] ?? 0) + 1
      if (is === 'sent' && times !== 1) throw fault('said to be sent')
      if (is === 'failed' && times !== 0) throw fault('said to have failed')
      const isDeleted = Object.values(state.drafts).some((draft) => draft.row === at + 1 && draft.state === 'gone')
      const mayBeUnknown = this.#kind.mode === 'send' || isDeleted
      if (!['sent', 'failed'].includes(is) && !(is === 'unknown' && mayBeUnknown)) throw fault(`left ${is}`)
    }
    for (const is of ['sent', 'failed', 'unknown'] as const)
      if (campaign.counts[is] !== rows.filter(({ state: one }) => one === is).length) throw fault(`counts of ${is}`)
  }
}

const draft: Kind = { mode: 'draft', idAfterSend: 'survives', secondSend: 'sent_again' }
const replaced: Kind = { mode: 'draft', idAfterSend: 'replaced', secondSend: 'not_found' }
const send: Kind = { mode: 'send', idAfterSend: 'survives', secondSend: 'not_found' }
const none: State['left'] = { turns: 3, steps: 0, crashes: 0, store: 0, graph: 0, deletions: 0 }

describe('two workers and two rows', () => {
  let states = 0
  it.each<[string, Kind, Partial<State['left']>, string]>([
    ['by draft; workers die and are late', draft, { turns: 2, steps: 2, crashes: 1 }, 'sent'],
    ['by draft; a worker dies, answers are lost', draft, { turns: 2, crashes: 1, store: 1, graph: 1 }, 'sent'],
    [
      'by draft; a draft is deleted by its owner',
      replaced,
      { turns: 2, crashes: 1, graph: 1, deletions: 1 },
      'sent unknown',
    ],
    ['by one call; workers die and are late', send, { turns: 2, steps: 2, crashes: 1 }, 'sent unknown'],
    ['by one call; a worker dies, answers are lost', send, { crashes: 1, store: 1, graph: 1 }, 'sent unknown'],
  ])('each mail is accepted at most once, and every row ends: %s', { timeout: 60_000 }, async (_, kind, left, ends) => {
    const search = new Search(kind)
    await search.run({ ...none, ...left })
    expect(Object.keys(search.ends).sort().join(' ')).toBe(ends)
    states += search.states
  })

  it('the same of rows that have been tried four times', { timeout: 60_000 }, async () => {
    const search = new Search(draft)
    await search.run({ ...none, turns: 2, crashes: 1, store: 1, graph: 1 }, 4)
    expect(Object.keys(search.ends).sort().join(' ')).toBe('failed sent')
    states += search.states
  })

  it('in more than 100,000 states', () => {
    console.log(`claim protocol: ${states} states`)
    expect(states).toBeGreaterThan(100_000)
  })
})
