import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kit, startKit } from '../../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterAll(() => kit.close())

const assign = (subscriptionId: string, addresses: unknown[], more: Record<string, unknown> = {}) =>
  kit.call('assign_seats', { as: 'olivia', params: { subscriptionId }, body: { addresses }, ...more })
const seatsOf = async (subscriptionId: string) =>
  (await kit.call('list_seats', { as: 'olivia', params: { subscriptionId }, query: { limit: '200' } })).json.seats

describe('assign_seats', () => {
  it('200: each has a seat', async () => {
    const id = await kit.grant('olivia', 3)
    const { status, json } = await assign(id, ['a@contoso.example', 'B <b@contoso.example>'])
    expect(status).toBe(200)
    expect(json).toMatchObject({ quantity: 3, assigned: 2 })
    expect(json.seats.map((seat: { address: string; outcome: string }) => [seat.address, seat.outcome])).toEqual([
      ['a@contoso.example', 'assigned'],
      ['b@contoso.example', 'assigned'],
    ])
  })

  it('200: a repeat changes nothing, with or without a key', async () => {
    const id = await kit.grant('olivia', 3)
    const headers = { 'idempotency-key': 'k1' }
    const first = await assign(id, ['a@contoso.example'], { headers })
    expect((await assign(id, ['a@contoso.example'], { headers })).json).toEqual(first.json)
    const bare = await assign(id, ['A@contoso.example'])
    expect(bare.json).toMatchObject({ assigned: 1, seats: [{ outcome: 'already_assigned' }] })
    const history = await kit.call('list_history', { as: 'olivia', params: { subscriptionId: id } })
    expect(history.json.history.map((entry: { did: string }) => entry.did)).toEqual(['assigned', 'granted'])
  })

  it('200: a seat that somebody has bound is told apart', async () => {
    const id = await kit.grant('olivia', 1)
    await assign(id, ['amir@contoso.example'])
    await kit.call('look_up_licence', { as: 'amir' })
    await kit.settleUses()
    expect((await assign(id, ['amir@contoso.example'])).json.seats[0].outcome).toBe('already_bound')
  })

  it('200: the own seat is bound at once and is the last to be over quantity', async () => {
    const id = await kit.grant('olivia', 3)
    await assign(id, ['a@contoso.example', 'b@contoso.example', 'olivia@contoso.example'])
    await kit.grant('olivia', 1, { subscriptionId: id })
    const seats = await seatsOf(id)
    const over = Object.fromEntries(
      seats.map((seat: { address: string; overQuantity: boolean }) => [seat.address, seat.overQuantity]),
    )
    expect(over).toEqual({ 'a@contoso.example': true, 'b@contoso.example': true, 'olivia@contoso.example': false })
    expect(seats.find((seat: { address: string }) => seat.address.startsWith('olivia')).state).toBe('bound')
  })

  it('200: an address that is only claimed licenses the caller and is told to nobody else', async () => {
    const id = await kit.grant('pat', 1)
    const body = { addresses: ['kim@fabrikam.example'], self: true }
    expect((await kit.call('assign_seats', { as: 'pat', params: { subscriptionId: id }, body })).status).toBe(200)
    expect((await kit.call('look_up_licence', { as: 'pat' })).json).toMatchObject({ code: 'licensed', footer: false })
    expect((await kit.call('look_up_licence', { as: 'kim' })).json.code).toBe('free')
  })

  it('200: a seat that was assigned to oneself as to anybody is bound when one says that it is the own one', async () => {
    const subscriptionId = await kit.grant('pat', 1)
    const asked = { as: 'pat' as const, params: { subscriptionId } }
    await kit.call('assign_seats', { ...asked, body: { addresses: ['pat@mailbox.example'] } })
    const before = await kit.call('list_seats', asked)
    expect(before.json.seats[0].state).toBe('assigned')
    await kit.call('assign_seats', { ...asked, body: { addresses: ['pat@mailbox.example'], self: true } })
    expect((await kit.call('look_up_licence', { as: 'pat' })).json).toMatchObject({ code: 'licensed', footer: false })
    expect((await kit.call('list_seats', asked)).json.seats[0].state).toBe('bound')
  })

  it('403: a request that did not come through our Front Door, where there is one', async () => {
    const id = await kit.grant('olivia', 1)
    kit.seats.frame.frontDoorId = '00000000-0000-4000-8000-00000000f00d'
    const through = (headers: Record<string, string>) => assign(id, ['a@contoso.example'], { headers })
    const answers = [
      await through({}),
      await through({ 'x-azure-fdid': '00000000-0000-4000-8000-00000000bad0' }),
      await through({ 'x-azure-fdid': '00000000-0000-4000-8000-00000000F00D' }),
    ]
    kit.seats.frame.frontDoorId = null
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 200])
  })

  it('400: each bad line is named and nobody is assigned', async () => {
    const id = await kit.grant('olivia', 9)
    const { status, json } = await assign(id, ['a@contoso.example', 'no address', 'x\u200b@contoso.example', ''])
    expect(status).toBe(400)
    expect(json.title).toBe('input_invalid')
    expect(json.errors).toEqual([
      { at: 'body.addresses.1', fault: 'not_an_address' },
      { at: 'body.addresses.2', fault: 'invisible_character' },
      { at: 'body.addresses.3', fault: 'empty' },
    ])
    expect(await seatsOf(id)).toEqual([])
  })

  it.each([
    ['no address', { addresses: [] }],
    ['91 addresses', { addresses: Array.from({ length: 91 }, (_, n) => `u${n}@contoso.example`) }],
    ['a further field', { addresses: ['a@contoso.example'], quantity: 999 }],
    ['self with two', { addresses: ['a@contoso.example', 'b@contoso.example'], self: true }],
    ['no object', 'text'],
  ])('400: %s', async (_, body) => {
    const subscriptionId = await kit.grant('olivia', 100)
    const { status, json } = await kit.call('assign_seats', { as: 'olivia', params: { subscriptionId }, body })
    expect([status, json.title]).toEqual([400, 'input_invalid'])
  })

  it('409: too few are free, with the count, and nobody is assigned', async () => {
    const id = await kit.grant('olivia', 2)
    const { status, json } = await assign(id, ['a@contoso.example', 'b@contoso.example', 'c@contoso.example'])
    expect(status).toBe(409)
    expect(json).toMatchObject({ title: 'no_free_seat', quantity: 2, assigned: 0, free: 2, missing: 1 })
    expect(await seatsOf(id)).toEqual([])
  })

  it('422: the same key for something else', async () => {
    const id = await kit.grant('olivia', 3)
    const headers = { 'idempotency-key': 'twice' }
    await assign(id, ['a@contoso.example'], { headers })
    expect((await assign(id, ['b@contoso.example'], { headers })).json.title).toBe('idempotency_mismatch')
    expect(await seatsOf(id)).toHaveLength(1)
  })

  it('503: changes are stopped by an operator, within 15 seconds', async () => {
    const id = await kit.grant('olivia', 3)
    await kit.deliver('seat-assignment-commands', { command: 'stop', switch: 'read_only', why: 'test' })
    kit.advance(16_000)
    expect((await assign(id, ['a@contoso.example'])).json.title).toBe('read_only')
    await kit.deliver('seat-assignment-commands', { command: 'go', switch: 'read_only', why: 'test' })
    kit.advance(16_000)
    expect((await assign(id, ['a@contoso.example'])).status).toBe(200)
  })

  it('500: a failing store tells the caller nothing', async () => {
    const id = await kit.grant('olivia', 3)
    const read = kit.seats.operations.isOn
    kit.seats.operations.isOn = () => Promise.reject(new Error('secret kim@contoso.example'))
    const { status, text, lines } = await assign(id, ['a@contoso.example'])
    kit.seats.operations.isOn = read
    expect(status).toBe(500)
    expect(text + lines.join()).not.toContain('kim@')
  })

  describe('C14 over-allocation', () => {
    it('200 callers for 10 seats: ten have one, the others are told, each 2xx is readable', async () => {
      const id = await kit.grant('olivia', 10)
      kit.seats.frame.limits.take = () => {}
      const twins = Array.from({ length: 5 }, () => 'u0@contoso.example')
      const others = Array.from({ length: 195 }, (_, n) => `u${n}@contoso.example`)
      const answers = await Promise.all([...twins, ...others].map((address) => assign(id, [address])))
      const stored = (await seatsOf(id)).map((seat: { address: string }) => seat.address)
      expect(stored).toHaveLength(10)
      const told = answers.filter(({ status }) => status === 200).map(({ json }) => json.seats[0].address)
      expect(new Set(told)).toEqual(new Set(stored))
      expect(new Set(answers.filter(({ status }) => status !== 200).map(({ json }) => json.title))).toEqual(
        new Set(['no_free_seat']),
      )
    })

    it('any mix of assigning, withdrawing and handing on at once never exceeds the quantity', async () => {
      const address = (n: number) => `p${n}@contoso.example`
      const step = fc.record({ does: fc.constantFrom('assign', 'withdraw', 'hand_on'), n: fc.nat(7), m: fc.nat(7) })
      const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const subscriptionId = await kit.grant('olivia', 3)
        const { seatIdOf } = await import('@securemailmerge/shared/licensing/seats')
        const seatId = (n: number) => seatIdOf(address(n) as never)
        await Promise.all(
          steps.map(({ does, n, m }) => {
            if (does === 'assign') return assign(subscriptionId, [address(n)])
            const asked = { as: 'olivia' as const, params: { subscriptionId } }
            if (does === 'withdraw') return kit.call('withdraw_seats', { ...asked, body: { seats: [seatId(n)] } })
            const params = { subscriptionId, seatId: seatId(n) }
            return kit.call('hand_on_seat', { ...asked, params, body: { address: address(m) } })
          }),
        )
        const { assigned } = (await kit.call('show_subscription', { as: 'olivia', params: { subscriptionId } })).json
        const counted = (await seatsOf(subscriptionId)).filter((seat: { state: string }) => seat.state !== 'released')
        expect(assigned).toBe(counted.length)
        expect(assigned).toBeLessThanOrEqual(3)
      })
      await fc.assert(property, { numRuns: 40 })
    })
  })
})
