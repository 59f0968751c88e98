import type { FaultAction, FaultRule } from '../../infra/local/cosmos/faults.ts'
import { type Deed, mix } from '../../infra/local/graph/deeds.ts'
import type { Random } from '../lives/random.ts'
import { pause, queueOf, ticksIn } from './look.ts'
import type { Person } from './people.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/** What somebody does to the world; those that strike later are counted when they do. */
type Deal = (parts: Parts) => void | Promise<void>

/** What mischief is done with. */
export interface Parts {
  world: World
  people: Person[]
  random: Random
  tally: Tally
  /** Mails that their sender has deleted: nobody can tell what became of them. */
  deleted: Set<string>
}

const HOUR_MS = 3_600_000
/** Graph answers within the 30 s that a call to send may take (E2). */
const SLOWEST_MS = 20_000
/** Shorter than a call to send may be put off: a longer one would be the hole that E2 names. */
const LONGEST_STILL_MS = 50_000
/** Faults of one kind of request that wait for somebody to strike. */
const MOST_WAITING = 3
/** A throttle of an hour ends a mailbox's part in a short life. */
const { throttled_an_hour: anHour = { status: 429 }, slow: _tooSlow, ...usual } = mix
const deeds: Deed[] = Object.values(usual)
const weighted: [times: number, method: string, path: string][] = [
  [3, 'POST', 'me/messages'],
  [4, 'POST', 'me/messages/:id/send'],
  [2, 'POST', 'me/sendMail'],
  [1, 'GET', 'me/messages/:id'],
  [1, 'GET', 'me/messages'],
]
const calls = weighted.flatMap(([times, method, path]) => Array.from({ length: times }, () => [method, path] as const))

const deals: [weight: number, deal: Deal][] = [
  [20, graphFails],
  [8, storeFails],
  [4, tickFails],
  [2, tickIsLost],
  [2, tickComesAgain],
  [3, lockIsLost],
  [1, signInFails],
  [0.6, hostIsOff],
  [0.5, hostStandsStill],
  [0.3, hostIsStopped],
  [0.7, mailIsDeleted],
]
const weights = deals.reduce((sum, [weight]) => sum + weight, 0)

/** Something goes wrong. */
export async function mischief(parts: Parts): Promise<void> {
  let at = parts.random.next() * weights
  for (const [weight, deal] of deals) {
    at -= weight
    if (at <= 0) return deal(parts)
  }
}

function graphFails({ world: { graph, rate }, random }: Parts): void {
  const isSlow = random.chance(0.2)
  // A slow send is what leases are for.
  const [method, path] = isSlow && random.chance(0.5) ? ['POST', 'me/messages/:id/send'] : random.pick(calls)
  if (graph.faults.rules().filter((one) => one.method === method && one.path === path).length > MOST_WAITING) return
  const deed = random.chance(0.02) ? anHour : random.pick(deeds)
  const delayMs = random.whole(1_000, SLOWEST_MS) / rate
  graph.faults.add({ method, path, times: 1, do: isSlow ? { delayMs } : deed })
}

function storeFails({ world, random }: Parts): void {
  const { faults } = world.cosmos
  const operation = random.pick(['batch', 'batch', 'replace', 'read'] as const)
  const container = operation === 'read' ? random.pick(['sending', 'mailbox-grants', 'operations'] as const) : 'sending'
  const match = { container, operation }
  const isAlike = ({ match: one }: FaultRule) => one.container === container && one.operation === operation
  if (faults.rules().filter(isAlike).length > MOST_WAITING) return
  // Now and then more on end than the SDK, or we, have patience for.
  const times = random.chance(operation === 'replace' ? 0.2 : 0.05) ? 12 : 1
  faults.add({ match, times, do: deedOfStore(random, operation) })
}

function deedOfStore(random: Random, operation: string): FaultAction {
  const deed = random.whole(0, 9)
  if (deed < 2) return { applyThenDrop: true }
  if (deed === 2) return { dropBefore: true }
  if (deed === 3) return { delayMs: random.whole(20, 300) }
  // A change that arrives long after its sender has given up or died.
  if (deed === 4 && operation !== 'read') return { hold: true, outlivesClient: true }
  return { status: random.pick([429, 503, 408, 449, 500]) }
}

/** Requests that were on their way for long arrive. Not while a trap is laid. */
export function lateOnesArrive({ world, random, tally }: Parts): void {
  const { faults } = world.cosmos
  for (const { id } of faults.held()) if (random.chance(0.15)) tally.note('store late', faults.release(id))
}

function tickFails({ world: { bus }, random }: Parts): void {
  const what = random.pick(['lose', 'double', 'double', 'delay', 'refuse', 'drop_connection'] as const)
  bus.faults.add({ queue: 'ticks', do: what, times: 1, delayMs: random.whole(1, 90) * 1000 })
}

/** Somebody deletes a message by hand. */
function tickIsLost({ world, random, tally }: Parts): void {
  const waiting = ticksIn(world).filter(({ message }) => message.lock === null)
  if (waiting.length > 0 && queueOf(world).remove(random.pick(waiting).message.sequenceNumber)) tally.note('tick lost')
}

/** Somebody sends a message again, one of now or of long ago, two of them perhaps. */
function tickComesAgain({ world, random, tally }: Parts): void {
  const known = ticksIn(world)
  if (known.length === 0) return
  const { bytes } = random.pick(known).message
  for (let copies = random.whole(1, 2); copies > 0; copies -= 1) {
    queueOf(world).accept({ bytes, timeToLive: null, scheduledFor: null, sessionId: null })
    tally.note('tick resent')
  }
}

/** A lock ends while its tick is being handled: it comes again at once, beside the first. */
function lockIsLost({ world, random, tally }: Parts): void {
  const locked = ticksIn(world).filter(({ message }) => message.lock !== null)
  const token = locked.length > 0 ? random.pick(locked).message.lock?.token : undefined
  if (token && queueOf(world).abandon(token)) tally.note('lock lost')
}

function signInFails({ world: { identity }, random }: Parts): void {
  const what = random.pick(['status', 'status', 'down', 'invalid_grant'] as const)
  identity.tokenFaults.add({ what, grant: 'refresh_token', times: 1 })
}

/** The clock of one host is an hour off for a while. */
function hostIsOff({ world: { hosts, clock }, random, tally }: Parts): void {
  const { clockFile } = random.pick(hosts)
  clock.tellIn(clockFile, random.pick([-HOUR_MS, HOUR_MS]))
  tally.note('clock of a host an hour off')
  setTimeout(() => clock.tellIn(clockFile), random.whole(500, 2_500))
}

/** A host stands still, and goes on. */
function hostStandsStill({ world: { hosts, rate }, random, tally }: Parts): void {
  const host = random.pick(hosts)
  if (!host.isUp) return
  host.freeze()
  tally.note('host frozen')
  setTimeout(() => host.thaw(), random.whole(4_000, LONGEST_STILL_MS) / rate)
}

/** A host is told to end, as at each deployment. */
function hostIsStopped({ world: { hosts }, random, tally }: Parts): void {
  if (random.pick(hosts).stop()) tally.note('host stopped')
}

/** A person deletes a draft of ours, or a mail that has just gone, for good. */
function mailIsDeleted({ world: { graph }, people, random, tally, deleted }: Parts): void {
  const { address, campaigns } = random.pick(people.filter(({ mode }) => mode === 'draft'))
  const folder = graph.store.of(address, 'drafts').length > 0 ? 'drafts' : 'sentitems'
  const [message] = graph.store.of(address, folder)
  const stamp = message?.headers.find(({ value }) => campaigns.some(({ id }) => value.startsWith(id)))?.value
  if (!message || !stamp) return
  graph.act.deleteMessage(address, message.id, true)
  deleted.add(stamp)
  tally.note('mail deleted by its sender')
}

/** Time goes by with nobody there: every host is dead for an hour. */
export async function anHourPasses({ world, tally }: Parts): Promise<void> {
  tally.atRandom += world.hosts.filter((host) => host.kill()).length
  // What is on its way to Microsoft arrives.
  await pause(SLOWEST_MS / world.rate + 50)
  world.clock.advance(HOUR_MS)
  tally.note('clock an hour ahead')
}
