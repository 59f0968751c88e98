import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kit, type RouteName, startKit, type Who } from '../../kit/services.ts'

let kit: Kit
let own: string
let foreign: string
let seat: string
beforeAll(async () => {
  kit = await startKit()
  own = await kit.grant('olivia', 5)
  foreign = await kit.grant('kim', 5, { name: 'Fabrikam' })
  const asked = { as: 'olivia' as const, params: { subscriptionId: own } }
  seat = (await kit.call('assign_seats', { ...asked, body: { addresses: ['amir@contoso.example'] } })).json.seats[0]
    .seat
})
afterAll(() => kit.close())

const missing = 'sub_AAAAAAAAAAAAAAAAAAAAAA'
/** For each route that names a subscription: a body that its owner could send. */
const bodies: Partial<Record<RouteName, () => unknown>> = {
  assign_seats: () => ({ addresses: ['amir@contoso.example'] }),
  withdraw_seats: () => ({ seats: [seat] }),
  rebind_seats: () => ({ seats: [seat] }),
  hand_on_seat: () => ({ address: 'bea@contoso.example' }),
  describe_subscription: () => ({ name: 'Mine now', contact: 'Ask me' }),
}
const ofOne = Object.entries(seatAssignment)
  .filter(([, { path }]) => path.includes('{subscriptionId}'))
  .map(([name]) => name as RouteName)
const ask = (name: RouteName, as: Who, subscriptionId: string) => {
  const body = bodies[name]?.()
  return kit.call(name, { as, params: { subscriptionId, seatId: seat }, ...(body ? { body } : {}) })
}
const strangers = ['amir', 'kimGuest', 'otto', 'rita', 'pat', 'fred'] as const

describe('C22 rights of a subscription', () => {
  it('every route is known to this test', () => {
    const writing = ofOne.filter((name) => seatAssignment[name as keyof typeof seatAssignment].method === 'POST')
    expect(writing.sort()).toEqual(Object.keys(bodies).sort())
    expect(Object.keys(licenceLookup)).toEqual(['look_up_licence'])
    const others = Object.keys(seatAssignment).filter((name) => !ofOne.includes(name as RouteName))
    expect(others.sort()).toEqual(['accept_invitation', 'list_subscriptions'])
  })

  it.each(ofOne.flatMap((name) => strangers.map((who) => ({ name, who }))))(
    '$name: for $who a foreign one answers exactly as one that does not exist',
    async ({ name, who }) => {
      const [existing, none] = [await ask(name, who, own), await ask(name, who, missing)]
      expect(existing.status).toBe(404)
      expect(existing.text).toBe(none.text)
      expect(Object.keys(existing.headers)).toEqual(Object.keys(none.headers))
    },
  )

  it.each(ofOne)('%s: an owner has no rights in another subscription', async (name) => {
    expect((await ask(name, 'kim', own)).status).toBe(404)
    expect((await ask(name, 'olivia', foreign)).status).toBe(404)
  })

  it('a seat of one subscription under the path of another is not found, and stays', async () => {
    const asked = { as: 'kim' as const, params: { subscriptionId: foreign }, body: { seats: [seat] } }
    expect((await kit.call('withdraw_seats', asked)).json.title).toBe('not_found')
    const still = await kit.call('list_seats', { as: 'olivia', params: { subscriptionId: own } })
    expect(still.json.seats.map((one: { state: string }) => one.state)).toEqual(['assigned'])
  })

  it('a list shows what one owns and nothing else, from the truth', async () => {
    const names = async (as: Who) =>
      (await kit.call('list_subscriptions', { as })).json.subscriptions.map((one: { name: string }) => one.name)
    expect(await names('olivia')).toEqual(['Contoso'])
    expect(await names('kim')).toEqual(['Fabrikam'])
    for (const who of strangers) expect(await names(who)).toEqual([])
    // An owner who is replaced keeps a stale hint; the list does not show what it leads to.
    const moved = await kit.grant('rita', 2, { name: 'Moved' })
    await kit.grant('fred', 2, { name: 'Moved', subscriptionId: moved })
    expect(await names('rita')).toEqual([])
    expect(await names('fred')).toEqual(['Moved'])
  })

  it('without a token, with a proof as token, or from an unknown client nothing is answered', async () => {
    for (const name of [...ofOne, 'list_subscriptions', 'accept_invitation', 'look_up_licence'] as RouteName[]) {
      const body = bodies[name]?.()
      const params = { subscriptionId: own, seatId: seat }
      const asked = { params, ...(body ? { body } : {}) }
      expect((await kit.call(name, asked)).status).toBe(401)
      const { proof } = (await kit.call('look_up_licence', { as: 'amir' })).json
      expect((await kit.call(name, { ...asked, token: proof })).status).toBe(401)
      const person = 'olivia'
      const other = await kit.identity.issue({
        person,
        client: 'addIn',
        audience: 'licensingApi',
        override: { azp: '00000000-0000-4000-8000-00000000dead' },
      })
      expect((await kit.call(name, { ...asked, token: other.access_token })).json.title).toBe('client_not_allowed')
    }
  })
})
