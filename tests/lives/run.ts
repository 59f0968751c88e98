import type { Subscription } from '@securemailmerge/shared/licensing/subscription'
import { aboutOf, purchasedId } from '@securemailmerge/shared/purchasing/event'
import { Envelope, eventTypes, named } from '@securemailmerge/shared/stripe/events'
import { arm, disarm, type Failpoint, failpoints } from './failpoints.ts'
import { begin, isOver, type Life, live1 } from './life.ts'
import { Random } from './random.ts'
import { sellerSays } from './seller-says.ts'
import { startWorld, type World } from './world.ts'

/** What a run came to. */
export interface Outcome {
  lives: number
  events: number
  /** Fewest and most events of a life. */
  least: number
  most: number
  different: string[]
  unstored: string[]
  deadLetters: number
  kills: Record<Failpoint, number>
  faults: number
  doubled: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const BATCH = 1000
const jumps = [minute, 10 * minute, hour, 6 * hour, day, 3 * day, 8 * day]
/** While we are behind: what is under test is 72 h late at most, and not a host that is away for a season. */
const smallJumps = [minute, 10 * minute]

/** Lets so many random purchases live, batch after batch, each batch in a world of its own. */
export async function runLives(
  lives: number,
  seed: number,
  from: 'functions' | 'dist',
  progress: (done: number) => void = () => {},
): Promise<Outcome> {
  const kills = Object.fromEntries(failpoints.map((name) => [name, 0])) as Outcome['kills']
  const outcome: Outcome = {
    lives: 0,
    events: 0,
    least: Number.POSITIVE_INFINITY,
    most: 0,
    different: [],
    unstored: [],
    deadLetters: 0,
    kills,
    faults: 0,
    doubled: 0,
  }
  for (let batch = 0; outcome.lives < lives; batch += 1) {
    const world = await startWorld(from)
    try {
      await liveBatch(world, Math.min(BATCH, lives - outcome.lives), new Random(seed + batch), outcome)
    } finally {
      await world.close()
    }
    progress(outcome.lives)
  }
  return outcome
}

async function liveBatch(world: World, count: number, random: Random, outcome: Outcome): Promise<void> {
  watch(world, outcome)
  const all: Life[] = []
  for (let n = 0; n < count; n += 1) all.push(await begin(world, random))
  countEvents(world, all)
  world.stripe.events.random = () => random.next()
  let isBehind = false
  for (let round = 0; all.some((life) => !isOver(life)); round += 1) {
    world.stripe.act.deliver({ double: random.chance(0.3), delayMs: random.pick([0, 0, minute, hour, 72 * hour]) })
    const fresh = fault(world, random)
    outcome.faults += fresh
    const failpoint =
      round % 3 === 2
        ? (failpoints[((outcome.lives / BATCH + Math.floor(round / 3)) % failpoints.length) | 0] as Failpoint)
        : undefined
    const met = failpoint && arm(world, failpoint)
    for (const life of all) if (!isOver(life) && random.chance(0.7)) live1(world, life, random)
    world.advance(random.pick(isBehind ? smallJumps : jumps))
    if (failpoint && met && (await until(met, 5_000))) await killAt(world, failpoint, outcome)
    isBehind = !(await quiet(world, 1_500))
    disarm(world)
  }
  for (const failpoint of failpoints)
    for (let tries = 0; tries < 5 && outcome.kills[failpoint] === 0; tries += 1)
      await seekKill(world, failpoint, all, outcome)
  await settleAll(world)
  compare(world, all, await stored(world, all), outcome)
}

async function killAt(world: World, failpoint: Failpoint, outcome: Outcome): Promise<void> {
  await world.kill()
  outcome.kills[failpoint] += 1
  disarm(world)
  await world.startHost()
}

/** A failpoint that chance has not met is sought: something happens to every life until a host gets there. */
async function seekKill(world: World, failpoint: Failpoint, all: Life[], outcome: Outcome): Promise<void> {
  const met = arm(world, failpoint)
  for (const { subscription } of all)
    if (world.stripe.store.must(subscription).status === 'active') world.stripe.act.change(subscription, {})
  world.advance(minute)
  if (await until(met, 15_000)) await killAt(world, failpoint, outcome)
  disarm(world)
}

/** Something goes wrong with a store, the queue or the seller. Answers how much. */
function fault({ cosmos, bus, stripe }: World, random: Random): number {
  const times = random.whole(1, 5)
  switch (random.whole(0, 9)) {
    case 0:
      cosmos.faults.add({
        match: { container: random.pick(['purchases', 'subscriptions']) },
        times,
        do: { status: random.pick([429, 503, 408]) },
      })
      return times
    case 1:
      cosmos.faults.add({
        match: { container: random.pick(['purchases', 'subscriptions']), operation: 'batch' },
        times: 1,
        do: { applyThenDrop: true },
      })
      return 1
    case 2:
      stripe.faults.add({ times, do: { status: random.pick([429, 500, 503]) } })
      return times
    case 3:
      stripe.faults.add({ times: 1, do: { drop: random.pick(['before', 'after']) } })
      return 1
    case 4:
      bus.faults.add({
        queue: 'purchases',
        do: random.pick(['lose', 'double', 'delay', 'refuse']),
        times,
        delayMs: 5_000,
      })
      return times
    default:
      return 0
  }
}

/** Each acknowledged event must be in the store at that moment. */
function watch(world: World, outcome: Outcome): void {
  const { stripe, cosmos } = world
  const seen = new Set<string>()
  stripe.events.onPosted = ({ event, type, status }) => {
    if (seen.has(event)) outcome.doubled += 1
    seen.add(event)
    if (status < 200 || status >= 300 || !(type in eventTypes)) return
    const thing = stripe.store.get(event)
    const envelope = thing && Envelope.parse(thing)
    const whom = envelope && named(envelope)
    if (!whom || whom === 'nobody') return
    const about = aboutOf('test', whom.subscription ?? event)
    if (!cosmos.items('purchases', about).some(({ id }) => id === `test:${event}`)) outcome.unstored.push(event)
  }
}

/** Counts the events of each life as they are made. */
function countEvents({ stripe }: World, all: Life[]): void {
  const byCustomer = new Map(all.map((life) => [life.customer, life]))
  const whose = (thing: Record<string, unknown>): Life | undefined => {
    if (typeof thing.charge === 'string') return byCustomer.get(stripe.store.must(thing.charge).customer)
    return byCustomer.get(String(thing.object === 'customer' ? thing.id : thing.customer))
  }
  for (const event of stripe.store.all('event')) count(event.data.object)
  const send = stripe.events.send.bind(stripe.events)
  stripe.events.send = (event) => {
    count(event.data.object)
    send(event)
  }
  function count(thing: Record<string, unknown>): void {
    const life = whose(thing)
    if (life) life.events += 1
  }
}

const waitingMessages = ({ bus }: World) =>
  bus.queues
    .get('purchases')
    ?.peek('main', 0, 10_000)
    .filter(({ scheduledFor }) => scheduledFor === null).length ?? 0

/** Waits until nothing that is due is under way, or for so many ms. */
const quiet = (world: World, ms: number) =>
  until(() => world.stripe.events.due === 0 && waitingMessages(world) === 0, ms)

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return true
}

/** Everything that still comes comes: what is delayed, then put-offs and sweeps hour by hour. */
async function settleAll(world: World): Promise<void> {
  world.stripe.act.deliver({ double: false, delayMs: 0 })
  world.advance(74 * hour)
  for (let hours = 0; hours < 48; hours += 1) {
    await quiet(world, 60_000)
    const far = new Date(world.now().getTime() + 30 * day)
    if (world.stripe.events.pending === 0 && (await world.purchases.overdue(far, 1)).length === 0) return
    world.advance(hour)
  }
}

async function stored({ subscriptions }: World, all: Life[]): Promise<(Subscription | undefined)[]> {
  const ours: (Subscription | undefined)[] = []
  for (const { subscription } of all)
    ours.push(await subscriptions.read<Subscription>(purchasedId('test', subscription), 'subscription'))
  return ours
}

function compare(world: World, all: Life[], ours: (Subscription | undefined)[], outcome: Outcome): void {
  for (const [at, life] of all.entries()) {
    const one = ours[at]
    const expected = sellerSays(world.stripe.store, world.stripe.store.must(life.subscription), world.now())
    const found = one && { quantity: one.quantity, state: one.state, term: one.term, paidUntil: one.paidUntil }
    const owned = JSON.stringify(one?.owner ?? null) === JSON.stringify(life.owner)
    if (JSON.stringify(found) !== JSON.stringify(expected) || !owned) {
      outcome.different.push(`${life.subscription}: ${JSON.stringify({ found, expected, owned })}`)
    }
    outcome.events += life.events
    outcome.least = Math.min(outcome.least, life.events)
    outcome.most = Math.max(outcome.most, life.events)
  }
  outcome.lives += all.length
  outcome.deadLetters += world.bus.queues.get('purchases')?.peek('deadLetter', 0, 10_000).length ?? 0
}
