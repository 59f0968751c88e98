import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assignSeats } from '../../functions/seat-assignment/assign-seats.ts'
import { wiring } from '../../functions/seat-assignment/wiring.ts'
import { invoke } from '../kit/invoke.ts'
import { type Kit, startKit } from '../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterAll(() => kit.close())

const fault = (
  operation: 'batch' | 'query' | 'upsert' | 'replace',
  action: object,
  times = 1,
  container = 'subscriptions',
) => kit.cosmos.faults.add({ match: { container, operation }, times, do: action as never })
const assign = (subscriptionId: string, addresses: string[], key?: string) =>
  kit.call('assign_seats', {
    as: 'olivia',
    params: { subscriptionId },
    body: { addresses },
    ...(key ? { headers: { 'idempotency-key': key } } : {}),
  })
const stored = (subscriptionId: string, kind: string) =>
  kit.cosmos.items('subscriptions', subscriptionId).filter((item) => item.kind === kind)
const hintsFor = (address: string) => kit.cosmos.items('directory').filter((item) => item.of === address)

describe('C39 lost updates and ambiguous writes', () => {
  it.each([
    ['the answer is lost after the write', { applyThenDrop: true }],
    ['the connection is cut before the write', { dropBefore: true }],
    ['the store is throttled', { status: 429, retryAfterMs: 5 }],
    ['a time-out of the request', { status: 408 }],
    ['the store asks to retry', { status: 449 }],
    ['the store is unavailable for a moment', { status: 503 }],
    ['the store fails for a moment', { status: 500 }],
  ])('%s: the change is made once and answered', async (_, action) => {
    const id = await kit.grant('olivia', 2)
    fault('batch', action)
    const { status, json } = await assign(id, ['a@contoso.example'])
    kit.cosmos.faults.clear()
    expect(status).toBe(200)
    expect(json).toMatchObject({ assigned: 1, seats: [{ outcome: 'assigned' }] })
    expect(stored(id, 'seat')).toHaveLength(1)
    expect(
      stored(id, 'history')
        .map(({ did }) => did)
        .sort(),
    ).toEqual(['assigned', 'granted'])
  })

  it('an outage that lasts: 503 with Retry-After within 15 s, nothing half-written, and the repeat is made', async () => {
    const id = await kit.grant('olivia', 2)
    fault('batch', { status: 503 }, -1)
    const { status, json, headers } = await assign(id, ['a@contoso.example'], 'once')
    kit.cosmos.faults.clear()
    expect([status, json.title, headers['retry-after']]).toEqual([503, 'unavailable', '5'])
    expect(stored(id, 'seat')).toHaveLength(0)
    expect((await assign(id, ['a@contoso.example'], 'once')).json.assigned).toBe(1)
  })

  it('two processes write one subscription at once: no acknowledged change is lost', async () => {
    const other = wiring(kit.env)
    const handlers = [assignSeats(kit.seats), assignSeats(other)]
    const token = await kit.tokenOf('olivia')
    const property = fc.asyncProperty(fc.array(fc.nat(1), { minLength: 10, maxLength: 30 }), async (turns) => {
      const subscriptionId = await kit.grant('olivia', 40)
      const answers = await Promise.all(
        turns.map((process, n) =>
          invoke(handlers[process] as never, 'assign_seats', {
            method: 'POST',
            headers: { authorization: `Bearer ${token}` },
            params: { subscriptionId },
            body: { addresses: [`n${n}@contoso.example`] },
          }),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(turns.map(() => 200))
      expect(stored(subscriptionId, 'seat')).toHaveLength(turns.length)
      expect(stored(subscriptionId, 'subscription')[0]?.assigned).toBe(turns.length)
      const orders = stored(subscriptionId, 'seat').map(({ order }) => order)
      expect(new Set(orders).size).toBe(turns.length)
    })
    kit.seats.frame.limits.take = other.frame.limits.take = () => {}
    await fc.assert(property, { numRuns: 10 })
    await other.close()
  })

  it('callers that wait for one subscription share batches', async () => {
    const id = await kit.grant('olivia', 90)
    kit.cosmos.count.reset()
    await Promise.all(Array.from({ length: 80 }, (_, n) => assign(id, [`s${n}@contoso.example`])))
    const batches = kit.cosmos.count.read().subscriptions?.batch
    expect(batches?.operations).toBeLessThanOrEqual(12)
  })
})

describe('hints', () => {
  it('a refusal writes none', async () => {
    const id = await kit.grant('olivia', 1)
    await assign(id, ['x1@contoso.example', 'x2@contoso.example'])
    expect([...hintsFor('x1@contoso.example'), ...hintsFor('x2@contoso.example')]).toEqual([])
  })

  it('stand before the batch: whatever dies in between leaves a stale one, which is harmless', async () => {
    const id = await kit.grant('olivia', 1)
    fault('batch', { status: 503 }, -1)
    await assign(id, ['lee@contoso.example', 'k.lee@contoso.example'].slice(1))
    kit.cosmos.faults.clear()
    expect(hintsFor('k.lee@contoso.example')).toHaveLength(1)
    expect((await kit.call('look_up_licence', { as: 'lee' })).json.code).toBe('not_assigned')
  })

  it('two subscriptions assign one address at once, both hints stay', async () => {
    const [one, two] = await Promise.all([kit.grant('olivia', 1), kit.grant('kim', 1)])
    const asked = { as: 'kim' as const, params: { subscriptionId: two }, body: { addresses: ['both@contoso.example'] } }
    await Promise.all([assign(one, ['both@contoso.example']), kit.call('assign_seats', asked)])
    expect(new Set(hintsFor('both@contoso.example').map((hint) => hint.subscriptionId))).toEqual(new Set([one, two]))
  })

  it('end with the seat they led to, but not when the address has been given one again meanwhile', async () => {
    const id = await kit.grant('olivia', 1)
    const { json } = await assign(id, ['again@contoso.example'])
    const seats = [json.seats[0].seat]
    const params = { subscriptionId: id }
    await kit.call('withdraw_seats', { as: 'olivia', params, body: { seats } })
    expect(hintsFor('again@contoso.example')[0]?.ttl).toBe(90 * 86_400)
    await assign(id, ['again@contoso.example'])
    expect(hintsFor('again@contoso.example')[0]?.ttl).toBeUndefined()
    // The fading write of a withdrawal arrives after somebody has assigned again: it must lose.
    fault('replace', { delayMs: 200 }, 1, 'directory')
    const slow = kit.call('withdraw_seats', { as: 'olivia', params, body: { seats } })
    while (stored(id, 'seat')[0]?.state !== 'released') await new Promise((resolve) => setTimeout(resolve, 5))
    const between = await assign(id, ['again@contoso.example'])
    await slow
    kit.cosmos.faults.clear()
    expect(between.json.assigned).toBe(1)
    expect(hintsFor('again@contoso.example')[0]?.ttl).toBeUndefined()
  })
})
