import { actedOn } from '@securemailmerge/shared/merging/act-on-tick'
import { resume, start } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import type { Claim, Mailbox } from '@securemailmerge/shared/merging/mailbox'
import { claimableAt, claimed, folded, nextPosition, type Result } from '@securemailmerge/shared/merging/moves'
import { LEASE_MS, LEAST, turnOver } from '@securemailmerge/shared/merging/next-look'
import { TURN_MS } from '@securemailmerge/shared/merging/turn'
import { emptyWindows } from '@securemailmerge/shared/merging/windows'
import { describe, expect, it } from 'vitest'
import { noon, second } from '../../builders.ts'
import { aCampaign, aMailbox, idOf } from '../../kit/merging-builders.ts'

/*
 * Every order of what can happen to one mailbox that wakes itself (E1): its ticks are lost, doubled and delivered again,
 * its handlers die between any two steps or are late, somebody resumes another campaign, the sweeper sweeps. What is
 * decided is decided by the code that runs; the queue and the steps of a handler are told here once more.
 */

const OVERDUE_MS = 30 * second
const MOST_HANDLERS = 3
const a = idOf(1)
const b = idOf(2)

/** A tick in the queue. */
interface Message {
  number: number
  at: number
  /** It has been delivered before, to a handler that died. */
  isAgain: boolean
}

/** A handler of a tick, by what it does next. */
interface Handler {
  does: 'act' | 'send' | 'turn' | 'fly' | 'finish'
  message: Message
  /** The wake that its turn has set, and when. */
  own: number
  began: number
  /** A tick that it is about to send; then it goes on with its turn, or is done. */
  sends: Message | null
  /** What it has claimed, and what became of it. */
  claim: Claim | null
  result: Result | null
}

interface State {
  now: number
  mailbox: Mailbox
  campaigns: Readonly<Record<string, Campaign>>
  queue: Message[]
  handlers: Handler[]
  /** The tick of somebody's resuming is not sent yet. */
  person: Message | null
  /** Greatest number that was ever acted upon. */
  acted: number
  /** How much more may go wrong, and happen. */
  left: { crashes: number; losses: number; copies: number; resumes: number; throttles: number; stalls: number }
}

const dateOf = ({ now }: State): Date => new Date(now)
const instants = new Map<string, number>()
/** The same few texts come millions of times. */
function at(iso: string | null): number {
  if (iso === null) return Number.NaN
  const known = instants.get(iso)
  if (known !== undefined) return known
  instants.set(iso, Date.parse(iso))
  return Date.parse(iso)
}
const running = ({ campaigns }: State): Campaign[] =>
  Object.values(campaigns).filter(({ state }) => state === 'running')
const isWorking = (state: State): boolean => state.mailbox.claims.length > 0 || running(state).length > 0

/** States that nobody could tell apart have one key: numbers count from the wake, times from now, as far as they matter. */
function keyOf({ now, mailbox, campaigns, queue, handlers, person, left }: State): string {
  const { wake, acting, claims, open, rest } = mailbox
  const ahead = (ms: number) => (ms > now ? ms - now : 0)
  const message = (m: Message | null) =>
    m ? `${Math.max(-2, m.number - wake.number)}@${ahead(m.at)}${m.isAgain ? '!' : ''}` : ''
  const claim = (c: Claim) => `${c.campaignId.at(-1)}${c.position}@${Math.min(LEASE_MS, now - at(c.at))}`
  const held = (c: Claim | null | undefined) => (c ? (claims.some(({ id }) => id === c.id) ? claim(c) : '-') : '')
  const turn = (h: Handler) => `${h.own === acting ? 'A' : ''}${h.began && Math.min(TURN_MS, now - h.began)}`
  const one = (h: Handler) =>
    `${h.does} ${message(h.message)} ${turn(h)} ${message(h.sends)} ${held(h.claim)} ${held(h.result?.claim)}${h.result?.state}`
  const sorted = <T>(all: readonly T[], text: (one: T) => string) =>
    all.length < 2 ? all.map(text).join() : all.map(text).sort().join()
  let key = wake.at === null ? '-' : `${Math.max(-OVERDUE_MS, at(wake.at) - now)}`
  key += acting === null ? '|-|' : handlers.some(({ own }) => own === acting) ? '|A|' : '|x|'
  key += sorted(claims, claim)
  for (const entry of open) key += `|${entry.campaignId.at(-1)}@${ahead(at(entry.at))}`
  key += rest ? `|rest ${ahead(at(rest.until))}` : '|'
  for (const { cursor, again, state } of [campaigns[a]!, campaigns[b]!]) {
    key += `|${state} ${cursor}`
    for (const entry of again) key += ` ${entry.position}@${ahead(at(entry.at))}`
  }
  const { crashes, losses, copies, resumes, throttles, stalls } = left
  key += `|${sorted(queue, message)}|${sorted(handlers, one)}|${message(person)}`
  return `${key}|${crashes}${losses}${copies}${resumes}${throttles}${stalls}`
}

const tickOf = ({ wake }: Mailbox): Message => ({ number: wake.number, at: at(wake.at), isAgain: false })

/** Somebody does something; the pace is not what this is about. */
function changed(state: State, campaignId: string, pair: { mailbox: Mailbox; campaign: Campaign }): State {
  const mailbox = { ...pair.mailbox, windows: emptyWindows() }
  return { ...state, mailbox, campaigns: { ...state.campaigns, [campaignId]: pair.campaign } }
}

const pairOf = ({ mailbox, campaigns }: State, campaignId: string) => ({ mailbox, campaign: campaigns[campaignId]! })

const counted = (state: State, result: Result | null): State => {
  if (!result) return state
  const { campaignId } = result.claim
  return changed(state, campaignId, folded(pairOf(state, campaignId), result, dateOf(state)))
}

const resultOf = (claim: Claim, state: 'sent' | 'pending', now: number, until: number | null = null): Result => ({
  claim,
  state,
  end: null,
  again: new Date(now),
  stop: until === null ? null : { kind: 'throttled', until: new Date(until) },
})

const withHandler = (state: State, before: Handler, after: Handler | null): State => {
  const handlers = state.handlers.flatMap((one) => (one === before ? (after ? [after] : []) : [one]))
  return { ...state, handlers }
}

/** Everything that a handler can do next. */
function* stepsOf(state: State, handler: Handler): Generator<State> {
  const { does, message, sends, claim } = handler
  switch (does) {
    case 'act': {
      const moved = actedOn(state.mailbox, message.number, dateOf(state))
      if (moved) {
        if (message.number <= state.acted) throw new Error(`number ${message.number} is acted upon twice`)
        const after = { ...state, mailbox: moved, acted: message.number }
        yield withHandler(after, handler, {
          ...handler,
          ...{ does: 'send' as const, own: moved.wake.number, began: state.now, sends: tickOf(moved) },
        })
      } else {
        const again = message.isAgain && state.mailbox.wake.at !== null
        const next: Handler = { ...handler, does: 'finish', sends: again ? tickOf(state.mailbox) : null }
        yield withHandler(state, handler, again ? next : null)
      }
      return
    }
    case 'send':
      yield withHandler({ ...state, queue: [...state.queue, sends!] }, handler, {
        ...handler,
        does: 'turn',
        sends: null,
      })
      return
    case 'finish':
      yield withHandler({ ...state, queue: [...state.queue, sends!] }, handler, null)
      return
    case 'turn':
      yield* turnOf(state, handler)
      return
    case 'fly': {
      const next = { ...handler, does: 'turn' as const, claim: null }
      yield withHandler(state, handler, { ...next, result: resultOf(claim!, 'sent', state.now) })
      if (state.left.throttles === 0) return
      const left = { ...state.left, throttles: state.left.throttles - 1 }
      const stopped = resultOf(claim!, 'pending', state.now, state.now + 40 * second)
      yield withHandler({ ...state, left }, handler, { ...next, result: stopped })
      return
    }
  }
}

/** Claims of dead hosts are settled, rows are claimed, and at some time it ends. */
function* turnOf(state: State, handler: Handler): Generator<State> {
  const now = dateOf(state)
  const { own, result } = handler
  const old = state.mailbox.claims.find((one) => state.now - at(one.at) >= LEASE_MS && one.id !== result?.claim.id)
  if (old) {
    const before = withHandler(counted(state, result), handler, { ...handler, result: null })
    yield counted(before, resultOf(old, 'sent', state.now))
    yield counted(before, resultOf(old, 'pending', state.now))
    return
  }
  const done = counted(state, result)
  const due = done.mailbox.open.find((one) => at(one.at) <= state.now)
  const allowed = claimableAt(done.mailbox, LEAST, now)
  const position = due && nextPosition(done.campaigns[due.campaignId]!, now)
  if (due && position && allowed && allowed <= now) {
    const id = `${due.campaignId} ${position} ${own} ${state.now}`
    const claim = { id, campaignId: due.campaignId, position, at: now.toISOString() }
    const after = changed(done, due.campaignId, claimed(pairOf(done, due.campaignId), claim, LEAST, now))
    yield withHandler(after, handler, { ...handler, does: 'fly', claim, result: null })
    // It ends when its time is up, not before.
    if (state.now - handler.began < TURN_MS) return
  }
  const mailbox = turnOver(done.mailbox, own, now)
  const isNew = mailbox.wake.number !== done.mailbox.wake.number && mailbox.wake.at !== null
  const next: Handler = { ...handler, does: 'finish', sends: tickOf(mailbox), result: null }
  yield withHandler({ ...done, mailbox }, handler, isNew ? next : null)
}

/** What comes next when nothing goes wrong. */
function* goodSteps(state: State): Generator<State> {
  const { now, queue, handlers, mailbox, person, left } = state
  for (const handler of handlers) yield* stepsOf(state, handler)
  for (const message of handlers.length < MOST_HANDLERS ? queue : []) {
    if (message.at > now) continue
    const handler: Handler = {
      ...{ does: 'act', message, own: Number.NaN, began: now, sends: null, claim: null, result: null },
    }
    yield { ...state, queue: queue.filter((one) => one !== message), handlers: [...handlers, handler] }
  }
  if (person) yield { ...state, person: null, queue: [...queue, person] }
  const isOverdue = mailbox.wake.at !== null && now - at(mailbox.wake.at) >= OVERDUE_MS
  // A sweep comes twice a minute: what is due has been taken by then.
  const isThere = queue.some((one) => one.at <= now && one.number === mailbox.wake.number)
  if (isOverdue && !isThere) yield { ...state, queue: [...queue, { ...tickOf(mailbox), at: now }] }
  // While somebody is at work, or a tick lies there, time passes only so often: a step is short beside it.
  const isIdle = handlers.length === 0 && !person && queue.every((one) => one.at > now)
  if (!isIdle && left.stalls === 0) return
  const stalls = isIdle ? left.stalls : left.stalls - 1
  for (const instant of instantsOf(state)) yield { ...state, now: instant, left: { ...left, stalls } }
}

/** When something comes that has not come yet: a tick, a sweep, the end of a lease or of a turn. Else time changes nothing. */
function instantsOf({ now, queue, mailbox, handlers }: State): number[] {
  const instants = [
    ...queue.map((one) => one.at),
    at(mailbox.wake.at) + OVERDUE_MS,
    ...mailbox.claims.map((one) => at(one.at) + LEASE_MS),
    ...handlers.map(({ began }) => began + TURN_MS),
  ]
  return [...new Set(instants)].filter((instant) => instant > now)
}

/** What goes wrong, and what people do. */
function* otherSteps(state: State): Generator<State> {
  const { left, handlers, queue, person } = state
  if (left.crashes > 0) {
    const crashed = { ...state, left: { ...left, crashes: left.crashes - 1 } }
    for (const handler of handlers) {
      const message = { ...handler.message, isAgain: true }
      yield withHandler({ ...crashed, queue: [...queue, message] }, handler, null)
    }
    if (person) yield { ...crashed, person: null }
  }
  for (const message of queue) {
    if (left.losses > 0) {
      const lost = { ...left, losses: left.losses - 1 }
      yield { ...state, left: lost, queue: queue.filter((one) => one !== message) }
    }
    if (left.copies > 0)
      yield { ...state, left: { ...left, copies: left.copies - 1 }, queue: [...queue, { ...message }] }
  }
  if (left.resumes > 0) {
    const pair = resume(pairOf(state, b), dateOf(state))
    const resumed = { ...changed(state, b, pair), left: { ...left, resumes: left.resumes - 1 } }
    yield { ...resumed, person: tickOf(pair.mailbox) }
  }
}

const begun = (rows: number, left: State['left']): State => {
  const pair = start(null, null)({ mailbox: aMailbox(), campaign: aCampaign({ state: 'ready', total: rows }, 1) }, noon)
  const other = aCampaign({ state: 'paused', total: 1 }, 2)
  return {
    now: noon.getTime(),
    mailbox: pair.mailbox,
    campaigns: { [a]: pair.campaign, [b]: other },
    queue: [],
    handlers: [],
    person: tickOf(pair.mailbox),
    acted: 0,
    left,
  }
}

/** Everything that can be reached, breadth first. Each state is looked at once. */
function search(first: State, look: (state: State) => void) {
  const known = new Map<string, number>([[keyOf(first), 0]])
  let states = [first]
  /** From where each state is reached when nothing goes wrong. */
  const before: number[][] = [[]]
  const done: number[] = []
  let number = 0
  const reach = (state: State, from: number | null) => {
    const key = keyOf(state)
    let id = known.get(key)
    if (id === undefined) {
      id = known.size
      known.set(key, id)
      before.push([])
      next.push(state)
    }
    if (from !== null) before[id]!.push(from)
  }
  let next: State[] = []
  for (; states.length > 0; states = next) {
    next = []
    for (const state of states) {
      const id = number
      number += 1
      look(state)
      if (!isWorking(state)) done.push(id)
      for (const after of goodSteps(state)) reach(after, id)
      for (const after of otherSteps(state)) reach(after, null)
    }
  }
  return { count: known.size, stuck: known.size - reachedBack(before, done) }
}

/** From how many states one of these can be reached. */
function reachedBack(before: number[][], from: number[]): number {
  const seen = new Set(from)
  const waiting = [...from]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
    for (const one of before[id]!) {
      if (seen.has(one)) continue
      seen.add(one)
      waiting.push(one)
    }
  return seen.size
}

const none: State['left'] = { crashes: 0, losses: 0, copies: 0, resumes: 0, throttles: 0, stalls: 0 }

/** What holds in every state. */
function hold({ mailbox, campaigns, ...state }: State): void {
  const open = running({ campaigns, mailbox, ...state })
  // The sweeper can always send it.
  if (mailbox.wake.at === null && (mailbox.claims.length > 0 || open.length > 0)) throw new Error('work, and no wake')
  for (const { campaignId, cursor, total, again } of open) {
    const isOpen = mailbox.open.some((one) => one.campaignId === campaignId)
    if (!isOpen && (cursor < total || again.length > 0)) throw new Error('a campaign that is forgotten')
  }
  for (const { counts, total } of Object.values(campaigns)) if (counts.sent > total) throw new Error('counted twice')
}

describe('a mailbox that wakes itself', () => {
  let states = 0
  it.each<[string, number, Partial<State['left']>]>([
    ['everything goes wrong once', 1, { crashes: 1, losses: 1, copies: 1, resumes: 1 }],
    ['handlers die twice', 1, { crashes: 2, losses: 1, copies: 1 }],
    ['handlers die, and are late', 2, { crashes: 1, stalls: 1 }],
    ['it is told to wait, and handlers are late', 2, { throttles: 1, stalls: 1 }],
  ])('is never stuck, acts on no number twice, has few ticks: %s', { timeout: 60_000 }, (_, rows, left) => {
    let mostAlive = 0
    const { count, stuck } = search(begun(rows, { ...none, ...left }), (state) => {
      hold(state)
      // Also those that lie there for later, and are stale by then.
      mostAlive = Math.max(mostAlive, state.queue.length + state.handlers.length)
    })
    states += count
    expect(stuck).toBe(0)
    expect(mostAlive).toBeLessThanOrEqual(10)
  })

  it('in more than 100,000 states', () => {
    console.log(`wake protocol: ${states} states`)
    expect(states).toBeGreaterThan(100_000)
  })
})
