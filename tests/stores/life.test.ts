import { CosmosClient } from '@azure/cosmos'
import { Items } from '@securemailmerge/shared/azure/items'
import { type Account, sameAccount } from '@securemailmerge/shared/identity/account'
import { canonical, type TypedAddress } from '@securemailmerge/shared/licensing/address'
import type { Change, Decide } from '@securemailmerge/shared/licensing/change'
import { Directory } from '@securemailmerge/shared/licensing/directory'
import { alterGrant, Grant, granted } from '@securemailmerge/shared/licensing/grant'
import { isOver } from '@securemailmerge/shared/licensing/over-quantity'
import { bindSeat, handOnSeat, rebindSeats, withdrawSeats } from '@securemailmerge/shared/licensing/seat-changes'
import { giveSeats, seatIdOf } from '@securemailmerge/shared/licensing/seats'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { Refusal } from '@securemailmerge/shared/refusal'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cosmos, startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { type Action, act, counted, orders, type Plain } from './plain-model.ts'

const RUNS = Number(process.env.LIVES ?? 1_000)
/** Printed with the test's name; `SEED=… npm test -- integration` plays the same lives again. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const owner: Account = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
const another = (): Account => ({ tenantId: owner.tenantId, objectId: crypto.randomUUID() })
const people: Record<string, Account> = { p: another(), q: another(), owner }
const nameOf = (account: Account | null) =>
  Object.entries(people).find(([, one]) => one.objectId === account?.objectId)?.[0] ?? null
const typed = (name: string): TypedAddress => {
  const address = canonical(`${name}@contoso.example`)
  if (typeof address !== 'string') throw new Error(address.fault)
  return { address, typed: name }
}
const idOf = (name: string) => seatIdOf(typed(name).address)
const licensed = '2099-01-01T00:00:00.000Z'
const over = '2020-01-01T00:00:00.000Z'

let cosmos: Cosmos
let client: CosmosClient
beforeAll(async () => {
  cosmos = await startCosmos()
  client = new CosmosClient({ endpoint: cosmos.endpoint, key: cosmos.key })
})
afterAll(async () => {
  client.dispose()
  await cosmos.close()
})

/** The store as one process has it; fast-check decides whose next call to Cosmos goes first. */
function processOf(scheduler: fc.Scheduler): Subscriptions {
  const container = (name: keyof typeof names.containers) => client.database(names.database).container(name)
  const items = (name: keyof typeof names.containers) =>
    new Proxy(new Items(container(name)), {
      get(target, method: keyof Items) {
        const call = target[method].bind(target) as (...args: unknown[]) => Promise<unknown>
        return async (...args: unknown[]) => {
          await scheduler.schedule(Promise.resolve(), `${name}.${method}`)
          return call(...args)
        }
      },
    })
  return new Subscriptions(items('subscriptions'), new Directory(items('directory')))
}

const change = (): Change => ({
  id: crypto.randomUUID(),
  fingerprint: '',
  at: new Date(),
  by: { kind: 'account', account: owner },
})
const terms = (quantity: number, until: string) =>
  Grant.parse({ owner, quantity, until, name: 'Model', why: 'model', shownToTenant: false })

/** What messages of a round tell of each seat, by its id. */
type Generations = Map<string, number | undefined>

async function perform(
  store: Subscriptions,
  subscriptionId: string,
  action: Action,
  rounds: Generations[],
): Promise<string> {
  const run = async <A>(seats: string[], decide: Decide<A>) =>
    store.change(subscriptionId, { change: change(), allow: () => {}, seats: seats.map(idOf), decide })
  try {
    switch (action.does) {
      case 'assign': {
        const by = { account: owner, evidence: [], claimed: null }
        await run(action.addresses, giveSeats(action.addresses.map(typed), by))
        return 'ok'
      }
      case 'withdraw':
        await run([action.address], withdrawSeats([idOf(action.address)]))
        return 'ok'
      case 'hand_on':
        await run([action.address, action.to], handOnSeat(idOf(action.address), typed(action.to)))
        return 'ok'
      case 'rebind':
        await run([action.address], rebindSeats([idOf(action.address)]))
        return 'ok'
      case 'bind': {
        const id = idOf(action.address)
        const generation = seenBy(action, rounds)?.get(id)
        return await run([action.address], bindSeat(id, people[action.person] as Account, generation))
      }
      case 'terms':
        await run([], alterGrant(terms(action.quantity, action.ended ? over : licensed)))
        return 'ok'
    }
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

/** What was true when the message of a binding was written: some rounds ago, if there were so many. */
const seenBy = <T>(action: Action, rounds: T[]): T =>
  rounds[Math.max(0, rounds.length - 1 - (action.does === 'bind' ? action.roundsAgo : 0))] as T

async function stored(store: Subscriptions, subscriptionId: string) {
  const [subscription, page] = await Promise.all([
    store.read(subscriptionId),
    store.seats(subscriptionId, { prefix: null, state: null }, 200, null),
  ])
  if (!subscription) throw new Error('no subscription')
  return { subscription, seats: page.items }
}

const address = fc.constantFrom('a', 'b', 'c', 'd')
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('assign' as const),
      addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('withdraw' as const), address }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('hand_on' as const), address, to: address }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('rebind' as const), address }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('bind' as const),
      address,
      person: fc.constantFrom('p', 'q', 'owner'),
      roundsAgo: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('terms' as const),
      quantity: fc.integer({ min: 1, max: 4 }),
      ended: fc.boolean(),
    }),
  },
)
// Each round happens at once, from two processes; rounds follow one another.
const life = fc.record({
  quantity: fc.integer({ min: 1, max: 3 }),
  rounds: fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
})

/** What can be seen of a state: terms, and who has which seat. */
const seen = (plain: Plain) =>
  JSON.stringify([plain.quantity, plain.ended, counted(plain).map((name) => [name, plain.seats[name]?.holder ?? null])])

/** Some order of the round explains every answer and what is stored afterwards; that order's state is the next one. */
function explained(rounds: Plain[], round: Action[], said: string[], after: string): Plain | undefined {
  for (const order of orders(round.map((one, index) => ({ one, says: said[index] })))) {
    let plain = rounds.at(-1) as Plain
    const fits = order.every(({ one, says }) => {
      const step = act(plain, one, seenBy(one, rounds))
      plain = step.after
      return step.says === says
    })
    if (fits && seen(plain) === after) return plain
  }
  return undefined
}

it(`one subscription's life, from two processes in any interleaving, is one that a plain model explains (${RUNS} lives, seed ${SEED})`, async () => {
  const property = fc.asyncProperty(life, fc.scheduler(), async ({ quantity, rounds }, scheduler) => {
    const processes = [processOf(scheduler), processOf(scheduler)]
    const direct = new Subscriptions(
      new Items(client.database(names.database).container('subscriptions')),
      new Directory(new Items(client.database(names.database).container('directory'))),
    )
    const { subscription, entry } = granted(terms(quantity, licensed), change())
    await direct.create(subscription, entry)
    const { subscriptionId } = subscription
    const plains: Plain[] = [{ quantity, ended: false, seats: {} }]
    const generations: Generations[] = [new Map()]
    for (const round of rounds) {
      const running = round.map((one, index) =>
        perform(processes[index % 2] as Subscriptions, subscriptionId, one, generations),
      )
      const said = await scheduler.waitFor(Promise.all(running))
      const now = await stored(direct, subscriptionId)
      const live = now.seats.filter(({ state }) => state !== 'released')
      const holders = live
        .map((seat) => [seat.typed, nameOf(seat.account)] as const)
        .sort(([x], [y]) => (x < y ? -1 : 1))
      const after = JSON.stringify([now.subscription.quantity, now.subscription.paidUntil === over, holders])
      const plain = explained(plains, round, said, after)
      expect(plain, JSON.stringify({ before: plains.at(-1), round, said, after })).toBeDefined()
      plains.push(plain as Plain)
      generations.push(new Map(now.seats.map(({ seatId, generation }) => [seatId, generation])))
      expect(now.subscription.assigned).toBe(live.length)
      const beyond = live.filter((seat) => isOver(seat, now.subscription)).length
      expect(beyond).toBe(Math.max(0, live.length - now.subscription.quantity))
      const own = live.filter(({ account }) => sameAccount(account, owner))
      expect(own.length > 0 && own.every((seat) => isOver(seat, now.subscription))).toBe(false)
    }
  })
  await fc.assert(property, { numRuns: RUNS, seed: SEED })
}, 120_000)
