import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishProofKeys } from '../../../functions/licence-lookup/publish-proof-keys.ts'
import { cast } from '../../../infra/local/identity/cast.ts'
import { invoke } from '../../kit/invoke.ts'
import { type Kit, startKit, type Who } from '../../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterAll(() => kit.close())

const day = 86_400_000
const ask = async (as: Who, headers: Record<string, string> = {}) =>
  (await kit.call('look_up_licence', { as, headers })).json
const withProof = (as: Who, proof: string) => kit.call('look_up_licence', { as, headers: { 'licence-proof': proof } })
const assign = (subscriptionId: string, address: string, as: 'olivia' | 'kim' = 'olivia') =>
  kit.call('assign_seats', { as, params: { subscriptionId }, body: { addresses: [address] } })
const claimsOf = async (proof: string) => {
  const { json } = await invoke(publishProofKeys(kit.lookup), 'publish_proof_keys', { method: 'GET' })
  const now = { currentDate: kit.now() }
  return (await jwtVerify(proof, createLocalJWKSet(json), { typ: 'licence-proof+jwt', algorithms: ['ES256'], ...now }))
    .payload
}
const outOfOrder = (action: object, container = 'directory') =>
  kit.cosmos.faults.add({ match: { container }, times: -1, do: action as never })

describe('look_up_licence', () => {
  it('200 free: somebody of whom nothing is known, and nothing is stored of them', async () => {
    const before = kit.cosmos.items('directory').length
    expect(await ask('fred')).toMatchObject({
      footer: true,
      code: 'free',
      address: null,
      subscription: null,
      proof: null,
    })
    expect(await kit.settleUses()).toBe(0)
    expect(kit.cosmos.items('directory')).toHaveLength(before)
  })

  it('200 not_confirmed: the same bytes and the same reads, whether or not a seat waits for the address', async () => {
    const id = await kit.grant('olivia', 9)
    const reads = async (as: Who) => {
      kit.cosmos.count.reset()
      const { text } = await kit.call('look_up_licence', { as })
      return { text, count: kit.cosmos.count.read() }
    }
    for (const who of ['kimGuest', 'otto', 'pat'] as const) {
      const before = await reads(who)
      await assign(id, cast[who].mail)
      expect(await reads(who)).toEqual(before)
    }
  })

  it('the proof is for this account alone, 14 days once bound, an hour until then', async () => {
    const id = await kit.grant('olivia', 9)
    await assign(id, 'bea@contoso.example')
    const first = await ask('bea')
    const unbound = await claimsOf(first.proof)
    expect((unbound.exp ?? 0) - (unbound.iat ?? 0)).toBe(3600)
    expect(first.recheckAfter).toBe(300)
    await kit.settleUses()
    const second = await ask('bea')
    const bound = await claimsOf(second.proof)
    expect((bound.exp ?? 0) - (bound.iat ?? 0)).toBe(14 * 86_400)
    expect(bound).toMatchObject({ sub: `${cast.bea.tenantId}.${cast.bea.objectId}`, footer: false, code: 'licensed' })
    expect(JSON.stringify(bound)).not.toContain('@')
    // Another account's proof names a seat; it is not believed.
    expect((await withProof('carla', second.proof)).json.code).toBe('not_assigned')
  })

  it('F3: a hole in the directory makes nobody free who brings a proof, expired or not', async () => {
    const id = await kit.grant('olivia', 9)
    await assign(id, 'amir@contoso.example')
    const { proof } = await ask('amir')
    await kit.settleUses()
    kit.advance(20 * day)
    outOfOrder({ status: 503 })
    const found = await withProof('amir', proof)
    kit.cosmos.faults.clear()
    expect(found.json).toMatchObject({ code: 'licensed', footer: false })
    expect(found.lines.join()).toContain('"reads":2')
  })

  it('a day of use is told once, by the first look-up of that day', async () => {
    await kit.settleUses()
    const id = await kit.grant('olivia', 9)
    await assign(id, 'carla@contoso.example')
    await ask('carla')
    expect(await kit.settleUses()).toBe(1)
    const { proof } = await ask('carla')
    expect(await kit.settleUses()).toBe(1)
    await withProof('carla', proof)
    expect(await kit.settleUses()).toBe(0)
    kit.advance(day)
    await withProof('carla', proof)
    expect(await kit.settleUses()).toBe(1)
  })

  it('the queue is down: licensed answers go on within two seconds, nothing is bound; later it is', async () => {
    const id = await kit.grant('kim', 9)
    await assign(id, 'rita@northwind.example', 'kim')
    const { send } = kit.lookup.uses
    kit.lookup.uses.send = () => new Promise(() => {})
    const began = performance.now()
    const answer = await kit.call('look_up_licence', { as: 'rita' })
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(answer.json.code).toBe('licensed')
    expect(answer.lines.join()).toContain('use_not_told')
    kit.lookup.uses.send = send
    await ask('rita')
    expect(await kit.settleUses()).toBe(1)
  })

  it('503: the store is out: not a "no", with Retry-After', async () => {
    outOfOrder({ status: 503 })
    const { status, json, headers } = await kit.call('look_up_licence', { as: 'lee' })
    kit.cosmos.faults.clear()
    expect([status, json.title, headers['retry-after']]).toEqual([503, 'unavailable', '5'])
  })

  it('speaks English and French, and shows the contact text but no owner', async () => {
    await kit.grant('rita', 1, { contact: 'it@northwind.example, room 7', name: 'Northwind' })
    const colleague = {
      ...cast.rita,
      objectId: crypto.randomUUID(),
      upn: 'new@northwind.example',
      mail: 'new@northwind.example',
    }
    const english = await ask(colleague)
    const french = await ask(colleague, { 'accept-language': 'de;q=0.9, fr-CH;q=0.8, en;q=0.5' })
    expect(english.message).toBe(
      'Your organisation has licences, but none is assigned to you. Whom to ask: it@northwind.example, room 7',
    )
    expect(french.message).toContain('À qui demander : it@northwind.example, room 7')
    expect(JSON.stringify([english, french])).not.toContain('rita@')
  })

  it('of two seats the longest is shown; one that ended stops nobody', async () => {
    const until = (days: number) => new Date(kit.now().getTime() + days * day).toISOString()
    const short = await kit.grant('olivia', 9, { until: until(10), name: 'Short' })
    const long = await kit.grant('kim', 9, { until: until(20), name: 'Long' })
    await assign(short, 'kim.lee@contoso.example')
    await assign(long, 'k.lee@contoso.example', 'kim')
    expect((await ask('lee')).subscription.name).toBe('Long')
    kit.advance(15 * day)
    expect((await ask('lee')).code).toBe('licensed')
    kit.advance(6 * day)
    expect((await ask('lee')).code).toBe('ended')
  })

  it('more hints on an address than a look-up follows are noticed, and the newest are followed', async () => {
    for (let n = 0; n < 21; n += 1) {
      const id = await kit.grant('olivia', 1, { name: `Many ${n}` })
      await assign(id, 'many@contoso.example')
    }
    const person = {
      ...cast.amir,
      objectId: crypto.randomUUID(),
      upn: 'many@contoso.example',
      mail: 'many@contoso.example',
    }
    kit.cosmos.count.reset()
    const { json, lines } = await kit.call('look_up_licence', { as: person })
    expect(json.code).toBe('licensed')
    expect(lines.join()).toContain('hints_crowded')
    expect(kit.cosmos.count.read().subscriptions?.read?.operations).toBeLessThanOrEqual(44)
  })
})
