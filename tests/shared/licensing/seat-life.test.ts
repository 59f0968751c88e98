import { type Account, sameAccount } from '@securemailmerge/shared/identity/account'
import type { Change, Decide, State } from '@securemailmerge/shared/licensing/change'
import { alterGrant } from '@securemailmerge/shared/licensing/grant'
import { isOver } from '@securemailmerge/shared/licensing/over-quantity'
import { bindSeat, handOnSeat, rebindSeats, withdrawSeats } from '@securemailmerge/shared/licensing/seat-changes'
import { giveSeats, seatIdOf } from '@securemailmerge/shared/licensing/seats'
import { capacity, counts } from '@securemailmerge/shared/licensing/subscription'
import { Refusal } from '@securemailmerge/shared/refusal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aChange, anAccount, applied, aState, decided, owner, typed } from '../../builders.ts'

const names = ['ann', 'bob', 'cid', 'dee', 'eva', 'own'].map((name) => typed(`${name}@contoso.example`))
// A token may be evidence for two addresses, its `upn` and its `email`.
const own = [names[4]!.address, names[5]!.address]
const seatIds = names.map(({ address }) => seatIdOf(address))
const some = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
const one = fc.constantFrom(...seatIds)
const people = fc.constantFrom<Account>(owner, anAccount(2), anAccount(3))

interface Step {
  says: string
  decide: Decide<unknown>
}

const terms = { until: '2099-01-01T00:00:00Z', name: 'Contoso', reference: null, contact: null, why: 'test' }
const giving = fc
  .record({ wanted: some, by: people, evident: fc.boolean(), self: fc.boolean() })
  .map(({ wanted, by, evident, self }): Step => {
    const claimed = self && wanted.length === 1 ? wanted[0]!.address : null
    const decide = giveSeats(wanted, { account: by, evidence: evident ? own : [], claimed })
    return { says: `give ${wanted.map(({ typed }) => typed)}`, decide }
  })
const anything: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: giving },
  fc.array(one, { minLength: 1, maxLength: 3 }).map((ids) => ({ says: 'withdraw', decide: withdrawSeats(ids) })),
  fc.tuple(one, fc.constantFrom(...names)).map(([id, to]) => ({ says: 'hand_on', decide: handOnSeat(id, to) })),
  fc.array(one, { minLength: 1, maxLength: 3 }).map((ids) => ({ says: 'rebind', decide: rebindSeats(ids) })),
  fc.tuple(one, people).map(([id, account]) => ({
    says: 'bind',
    decide: (state: State, change: Change) => bindSeat(id, account, state.seats.get(id)?.generation)(state, change),
  })),
  fc.tuple(fc.integer({ min: 1, max: 5 }), people).map(([quantity, owner]) => ({
    says: `quantity ${quantity}`,
    decide: alterGrant({ ...terms, owner, quantity, shownToTenant: true }),
  })),
)
const life = fc.array(anything, { minLength: 1, maxLength: 25 })

/** The rule is asked; a refusal is a decision that writes nothing. */
function asked({ decide }: Step, state: State) {
  try {
    return decided(decide, state)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { answer: error.code }
  }
}

/** Calls `look` at every step of a life that begins with an empty subscription of three seats. */
function live(steps: Step[], look: (before: State, step: Step, next: State) => void): void {
  let state = aState({ quantity: 3 })
  for (const step of steps) {
    const next = applied(state, asked(step, state))
    look(state, step, next)
    state = next
  }
}
const counted = ({ seats }: State) => [...seats.values()].filter(counts)

describe('in every life of a subscription', () => {
  const always = (look: Parameters<typeof live>[1]) =>
    fc.assert(
      fc.property(life, (steps) => live(steps, look)),
      { numRuns: 150 },
    )

  it('as many are assigned as seats count', () => {
    always((_, __, state) => expect(state.subscription.assigned).toBe(counted(state).length))
  })

  it('giving never goes beyond what is bought', () => {
    always((before, step, { subscription }) => {
      if (step.says.startsWith('quantity')) return
      expect(subscription.assigned).toBeLessThanOrEqual(
        Math.max(before.subscription.assigned, capacity(before.subscription)),
      )
    })
  })

  it('no place is given twice', () => {
    always((before, _, state) => {
      const places = counted(state).map(({ order }) => order)
      expect(new Set(places).size).toBe(places.length)
      expect(Math.max(...places, 0)).toBeLessThan(state.subscription.nextOrder)
      expect(state.subscription.nextOrder).toBeGreaterThanOrEqual(before.subscription.nextOrder)
      const known = new Set([...before.seats.values()].map(({ order }) => order))
      const fresh = places.filter((order) => !known.has(order))
      for (const order of fresh) expect(order).toBeGreaterThanOrEqual(before.subscription.nextOrder)
    })
  })

  it('the newest are over quantity, as many as were not bought, never the first that the owner has', () => {
    always((_, __, { subscription, seats }) => {
      const { quantity, assigned } = subscription
      const inOrder = counted({ subscription, seats }).toSorted((a, b) => a.order - b.order)
      const own = inOrder.find(({ account }) => sameAccount(account, subscription.owner))
      const over = inOrder.filter((seat) => isOver(seat, subscription))
      const others = inOrder.filter((seat) => seat !== own)
      expect(over).toHaveLength(Math.max(0, assigned - quantity))
      expect(over).toEqual(others.slice(others.length - over.length))
    })
  })

  it('a seat is never in a generation that it was in before it was freed or given', () => {
    always((before, step, { seats }) => {
      for (const [id, { generation = 0, account }] of seats) {
        const former = before.seats.get(id)
        const raised = generation > (former?.generation ?? 0)
        if (former?.account && !account) expect([step.says, raised]).toEqual([step.says, true])
        if (former && !counts(former) && counts(seats.get(id)!)) expect([step.says, raised]).toEqual([step.says, true])
        expect(generation).toBeGreaterThanOrEqual(former?.generation ?? 0)
      }
    })
  })

  it('a repeat changes nothing and answers the same counts', () => {
    always((before, step, state) => {
      const again = asked(step, state)
      if (step.says.startsWith('quantity') || asked(step, before).did === undefined) return
      expect(again).not.toHaveProperty('did')
      const { assigned } = again.answer as { assigned?: number }
      if (assigned !== undefined) expect(assigned).toBe(state.subscription.assigned)
    })
  })

  it('a bound seat has an account, and no other seat has one', () => {
    always((_, __, { seats }) => {
      for (const { state, account, boundAt } of seats.values()) {
        expect([account !== null, boundAt !== null]).toEqual([state === 'bound', state === 'bound'])
      }
    })
  })

  it('a released seat ends by itself, a seat in use does not', () => {
    always((_, __, { seats }) => {
      for (const seat of seats.values()) expect(seat.ttl !== undefined).toBe(!counts(seat))
    })
  })
})

it('asked again after another writer came first, a rule decides on what that writer left', () => {
  const empty = aState({ quantity: 1 })
  const step = { says: 'give', decide: giveSeats([names[0]!], { account: owner, evidence: [], claimed: null }) }
  const other = giveSeats([names[1]!], { account: owner, evidence: [], claimed: null })
  expect(asked(step, empty).did).toBe('assigned')
  expect(asked(step, applied(empty, other(empty, aChange()))).answer).toBe('no_free_seat')
})
