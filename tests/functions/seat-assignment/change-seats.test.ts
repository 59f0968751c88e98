import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type Kit, type RouteName, startKit, type Who } from '../../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterAll(() => kit.close())

const day = 86_400_000
const change = (name: RouteName, subscriptionId: string, body: unknown, more: Record<string, string> = {}) =>
  kit.call(name, { as: 'olivia', params: { subscriptionId, ...more }, body })
const given = async (subscriptionId: string, ...addresses: string[]): Promise<string[]> =>
  (await change('assign_seats', subscriptionId, { addresses })).json.seats.map(({ seat }: { seat: string }) => seat)
const code = async (as: Who) => (await kit.call('look_up_licence', { as })).json.code
const first = (all: string[]) => all[0] as string

describe('withdraw_seats', () => {
  it('200: free at once, free at the next look-up, remembered for 90 days', async () => {
    const id = await kit.grant('olivia', 1)
    const seats = await given(id, 'amir@contoso.example')
    expect(await code('amir')).toBe('licensed')
    await kit.settleUses()
    expect((await change('withdraw_seats', id, { seats })).json).toMatchObject({ assigned: 0 })
    expect(await code('amir')).toBe('withdrawn')
    expect((await change('withdraw_seats', id, { seats })).json.seats[0].outcome).toBe('already_withdrawn')
    await given(id, 'bea@contoso.example')
    kit.advance(89 * day)
    expect(await code('amir')).toBe('withdrawn')
    kit.advance(2 * day)
    expect(await code('amir')).toBe('not_assigned')
    const { json } = await kit.call('list_seats', { as: 'olivia', params: { subscriptionId: id } })
    expect(json.seats.map(({ address }: { address: string }) => address)).toEqual(['bea@contoso.example'])
  })

  it('200: somebody who never used it is told nothing of it', async () => {
    const id = await kit.grant('olivia', 1)
    const seats = await given(id, 'lee@contoso.example')
    await change('withdraw_seats', id, { seats })
    expect(await code('lee')).toBe('not_assigned')
  })

  it('404: one unknown seat, and none is withdrawn', async () => {
    const id = await kit.grant('olivia', 1)
    const seats = await given(id, 'carla@contoso.example')
    expect((await change('withdraw_seats', id, { seats: [...seats, 'A'.repeat(43)] })).status).toBe(404)
    expect(await code('carla')).toBe('licensed')
  })
})

describe('hand_on_seat', () => {
  it('200: the other has it, also when all are taken; a repeat changes nothing', async () => {
    const id = await kit.grant('kim', 1)
    const asked = { as: 'kim' as const, params: { subscriptionId: id } }
    const seat = (await kit.call('assign_seats', { ...asked, body: { addresses: ['amir@contoso.example'] } })).json
      .seats[0].seat
    expect(await code('amir')).toBe('licensed')
    await kit.settleUses()
    const params = { subscriptionId: id, seatId: seat }
    const handOn = () => kit.call('hand_on_seat', { as: 'kim', params, body: { address: 'rita@northwind.example' } })
    expect((await handOn()).json).toMatchObject({ quantity: 1, assigned: 1, to: { outcome: 'assigned' } })
    expect(await code('rita')).toBe('licensed')
    expect(await code('amir')).toBe('withdrawn')
    expect((await handOn()).json.title).toBe('seat_released')
  })

  it('200: to somebody who has one already, the seat becomes free', async () => {
    const id = await kit.grant('olivia', 2)
    const [a] = await given(id, 'a@contoso.example', 'b@contoso.example')
    const answer = await change('hand_on_seat', id, { address: 'b@contoso.example' }, { seatId: a as string })
    expect(answer.json).toMatchObject({ assigned: 1, to: { outcome: 'already_assigned' } })
  })
})

describe('rebind_seats', () => {
  it('F07: address re-used: the newcomer is told, the owner rebinds, the newcomer has it, the leaver is told', async () => {
    const id = await kit.grant('olivia', 1)
    const seats = await given(id, 'kim@contoso.example')
    expect(await code('kimOld')).toBe('licensed')
    await kit.settleUses()
    expect(await code('kimNew')).toBe('other_account')
    const { json } = await kit.call('list_seats', { as: 'olivia', params: { subscriptionId: id } })
    expect(json.seats[0]).toMatchObject({ state: 'bound', account: { objectId: expect.any(String) } })
    expect((await change('rebind_seats', id, { seats })).json.seats[0].outcome).toBe('rebound')
    expect(await code('kimNew')).toBe('licensed')
    await kit.settleUses()
    expect(await code('kimOld')).toBe('withdrawn')
    expect(await code('kimNew')).toBe('licensed')
  })

  it('a message of the leaver that comes late, or again, does not give the seat back to them', async () => {
    const id = await kit.grant('olivia', 1)
    const address = 'desk@contoso.example'
    const [leaver, newcomer] = [0, 1].map(() => ({
      ...cast.kimOld,
      objectId: crypto.randomUUID(),
      upn: address,
      mail: address,
    })) as [Who, Who]
    const seats = await given(id, address)
    const told: unknown[] = []
    const { send } = kit.lookup.uses
    kit.lookup.uses.send = async (use) => void told.push(use)
    await code(leaver)
    kit.lookup.uses.send = send
    const late = async () => (await kit.deliver('seat-uses', told[0]))[0]?.outcome
    expect(await late()).toBe('bound')
    await change('rebind_seats', id, { seats })
    expect(await late()).toBe('outdated')
    await change('withdraw_seats', id, { seats })
    expect(await late()).toBe('no_seat')
    await given(id, address)
    expect(await late()).toBe('outdated')
    expect(await code(newcomer)).toBe('licensed')
    await kit.settleUses()
    expect([await code(newcomer), await late()]).toEqual(['licensed', 'bound_elsewhere'])
  })
})

/** Of the one seat of a subscription, as it is now. */
const generationOf = (subscriptionId: string) =>
  kit.cosmos.items('subscriptions', subscriptionId).find(({ kind }) => kind === 'seat')?.generation

describe('seat-uses', () => {
  it('binds once; a second account with evidence is refused and logged; a repeat only notes the day', async () => {
    const id = await kit.grant('olivia', 1)
    const seatId = first(await given(id, 'kim@contoso.example'))
    const use = (who: 'kimOld' | 'kimNew') => {
      const { tenantId, objectId } = cast[who]
      const body = { subscriptionId: id, seatId, account: { tenantId, objectId } }
      return kit.deliver('seat-uses', { ...body, generation: generationOf(id) })
    }
    expect((await use('kimOld'))[0]).toMatchObject({ event: 'seat_used', outcome: 'bound' })
    expect((await use('kimOld'))[0]).toMatchObject({ outcome: 'already_bound' })
    expect((await use('kimNew'))[0]).toMatchObject({ event: 'binding_refused', outcome: 'bound_elsewhere' })
    const { json } = await kit.call('list_seats', { as: 'olivia', params: { subscriptionId: id } })
    expect(json.seats[0].usedOn).toBe(kit.now().toISOString().slice(0, 10))
  })

  it('notes the day that the look-up was on, and never an earlier one after it', async () => {
    const id = await kit.grant('olivia', 1)
    const seatId = first(await given(id, 'amir@contoso.example'))
    const account = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const use = (daysAgo: number) => {
      const at = new Date(kit.now().getTime() - daysAgo * day).toISOString()
      const body = { subscriptionId: id, seatId, account, generation: generationOf(id), at }
      return kit.deliver('seat-uses', body)
    }
    const usedOn = async () =>
      (await kit.call('list_seats', { as: 'olivia', params: { subscriptionId: id } })).json.seats[0].usedOn
    const dayOf = (daysAgo: number) => new Date(kit.now().getTime() - daysAgo * day).toISOString().slice(0, 10)
    await use(3)
    expect(await usedOn()).toBe(dayOf(3))
    await use(1)
    await use(2)
    expect(await usedOn()).toBe(dayOf(1))
    await Promise.all([use(0.9), use(0), use(0.5)])
    expect(await usedOn()).toBe(dayOf(0))
    await use(-5)
    expect(await usedOn()).toBe(dayOf(0))
  })

  it('binds nothing by a message that does not say which seat it saw', async () => {
    const id = await kit.grant('olivia', 1)
    const seatId = first(await given(id, 'amir@contoso.example'))
    const account = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const [line] = await kit.deliver('seat-uses', { subscriptionId: id, seatId, account })
    expect(line).toMatchObject({ event: 'binding_refused', outcome: 'outdated' })
  })

  it('of a subscription that is not there, and of a seat that is not: said, and done with', async () => {
    const account = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const use = { subscriptionId: 'sub_AAAAAAAAAAAAAAAAAAAAAA', seatId: 'A'.repeat(43), account }
    expect(await kit.deliver('seat-uses', use)).toMatchObject([{ event: 'binding_refused', outcome: 'no_seat' }])
    const subscriptionId = await kit.grant('olivia', 1)
    const [line] = await kit.deliver('seat-uses', { ...use, subscriptionId })
    expect(line).toMatchObject({ event: 'binding_refused', outcome: 'no_seat' })
  })

  it('an outage is no error: the same message comes again half a minute later, under its id', async () => {
    const subscriptionId = await kit.grant('olivia', 1)
    const account = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const seatId = first(await given(subscriptionId, 'amir@contoso.example'))
    const body = { subscriptionId, seatId, account, generation: generationOf(subscriptionId) }
    kit.cosmos.faults.add({ match: { container: 'subscriptions', operation: 'read' }, times: -1, do: { status: 503 } })
    await kit.settleUses()
    const lines = await kit.deliver('seat-uses', body, 'again-1')
    kit.cosmos.faults.clear()
    expect(lines).toMatchObject([{ event: 'put_off' }])
    const state = async () =>
      (await kit.call('list_seats', { as: 'olivia', params: { subscriptionId } })).json.seats[0].state
    await kit.settleUses()
    expect(await state()).toBe('assigned')
    kit.advance(30_000)
    await kit.settleUses()
    expect(await state()).toBe('bound')
  })

  it('parks what it cannot understand, and is done with it', async () => {
    const [line] = await kit.deliver('seat-uses', { subscriptionId: 'x' }, 'message-1')
    expect(line?.event).toBe('parked')
    expect(kit.cosmos.items('operations').map(({ id }) => id)).toContain('parked:seat-uses:message-1')
  })
})

describe('seat-assignment-commands', () => {
  it('grant: a message that comes twice makes one subscription', async () => {
    const terms = { quantity: 3, until: '2099-01-01T00:00:00Z', name: 'Twice', why: 'test' }
    const owner = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const deliver = () => kit.deliver('seat-assignment-commands', { command: 'grant', owner, ...terms }, 'm-1')
    const [a] = await deliver()
    const [b] = await deliver()
    expect(a?.result).toMatchObject({ outcome: 'new', quantity: 3 })
    expect(b?.result).toMatchObject({ outcome: 'known', subscriptionId: a?.result.subscriptionId })
    const other = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const body = { command: 'grant', owner: other, ...terms, quantity: 50 }
    const [c] = await kit.deliver('seat-assignment-commands', body, 'm-1')
    expect(c).toMatchObject({ event: 'command_done', outcome: 'idempotency_mismatch' })
    expect(kit.cosmos.items('directory').some(({ of }) => JSON.stringify(of) === JSON.stringify(other))).toBe(false)
  })

  it('grant: new terms under a new message id keep what they do not name', async () => {
    const subscriptionId = await kit.grant('olivia', 1, {
      contact: 'Ask Pat',
      reference: 'PO 17',
      shownToTenant: false,
    })
    const { tenantId, objectId } = (await kit.seats.subscriptions.read(subscriptionId))?.owner ?? {}
    const terms = { owner: { tenantId, objectId }, quantity: 2, until: '2099-01-01T00:00:00Z', name: 'C', why: 'test' }
    await kit.deliver('seat-assignment-commands', { command: 'grant', subscriptionId, ...terms })
    const kept = { quantity: 2, contact: 'Ask Pat', reference: 'PO 17', shownToTenant: false }
    expect(await kit.seats.subscriptions.read(subscriptionId)).toMatchObject(kept)
  })

  it('stop: one that comes again after go does not act', async () => {
    const order = (command: 'stop' | 'go', id: string) =>
      kit.deliver('seat-assignment-commands', { command, switch: 'read_only', why: 'test' }, id)
    await order('stop', 's-1')
    await order('go', 'g-1')
    const [line] = await order('stop', 's-1')
    expect(line).toMatchObject({ outcome: 'done', result: { outcome: 'known' } })
    expect(await kit.seats.operations.isOn('read_only')).toBe(false)
    const switched = kit.cosmos
      .items('operations')
      .filter(({ kind, name }) => kind === 'history' && name === 'read_only')
    expect(switched).toHaveLength(2)
  })

  it('look_up: says by address and by account where somebody stands, in ids and states only', async () => {
    const id = await kit.grant('olivia', 1)
    await given(id, 'carla@contoso.example')
    const [line] = await kit.deliver('seat-assignment-commands', {
      command: 'look_up',
      address: 'Carla@contoso.example',
    })
    expect(JSON.stringify(line)).not.toContain('@')
    expect(line?.result.subscriptions).toEqual(
      expect.arrayContaining([expect.objectContaining({ subscriptionId: id })]),
    )
  })

  it('help names every command with an example that the queue would take', async () => {
    const { Command } = await import('../../../functions/seat-assignment/command.ts')
    const [line] = await kit.deliver('seat-assignment-commands', { command: 'help' })
    const examples = Object.values((line?.result.commands ?? {}) as Record<string, Record<string, unknown>>)
    const guid = crypto.randomUUID()
    const fill = (text: string) =>
      text.replaceAll('<guid>', guid).replaceAll(/<(\d+) characters>/g, (_, length) => 'A'.repeat(Number(length)))
    for (const example of examples) {
      const filled = JSON.parse(fill(JSON.stringify(example)))
      expect(Command.safeParse(filled).success, JSON.stringify(example)).toBe(true)
    }
    expect(examples).toHaveLength(Command.options.length)
  })

  it.each([
    ['a quantity of none', { quantity: 0 }],
    ['milliseconds for a time', { until: 1_775_001_600_000 }],
    ['the year 58217', { until: '+058217-01-01T00:00:00.000Z' }],
    ['a link in the name', { name: 'Full: https://evil.example' }],
    ['a further field', { role: 'owner' }],
  ])('parks a grant with %s', async (_, wrong) => {
    const owner = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    const terms = { quantity: 3, until: '2099-01-01T00:00:00Z', name: 'Fine', why: 'test' }
    const [line] = await kit.deliver('seat-assignment-commands', { command: 'grant', owner, ...terms, ...wrong })
    expect(line?.event).toBe('parked')
  })
})
