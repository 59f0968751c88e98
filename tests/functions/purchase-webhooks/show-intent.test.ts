import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

const day = 86_400_000

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
})
afterAll(() => shop.close())

/** Somebody who has opened a page of the seller, and what their waiting page is told. */
async function aBuyer() {
  const as = aMember(cast.olivia.tenantId, `buyer-${crypto.randomUUID()}@contoso.example`)
  const { intent, session } = await shop.open(as)
  const state = async () => (await shop.ask('show_intent', { as, params: { intentId: intent } })).json.state as string
  const states = async () => [await state(), await state(), await state()]
  return { as, intent, session, states }
}
const asked = () => shop.stripe.calls.get('GET checkout/sessions/:id') ?? 0

describe('what became of a purchase, however often it is asked', () => {
  it('`open` while the page of the seller is', async () => {
    const { states } = await aBuyer()
    expect(await states()).toEqual(['open', 'open', 'open'])
  })

  it('`confirming` when the seller says that it is finished, asking once in ten seconds; `arrived` when it is here', async () => {
    const { session, states } = await aBuyer()
    shop.stripe.act.pay(session)
    const before = asked()
    expect(await states()).toEqual(['confirming', 'confirming', 'confirming'])
    expect(asked() - before).toBe(1)
    await shop.settle()
    expect(await states()).toEqual(['arrived', 'arrived', 'arrived'])
  })

  it('never `expired` by our own clock, when it was paid and nothing has reached us for a day', async () => {
    const { session, states } = await aBuyer()
    shop.stripe.act.pay(session)
    shop.advance(2 * day)
    expect(await states()).toEqual(['confirming', 'confirming', 'confirming'])
    await shop.settle()
    expect(await states()).toEqual(['arrived', 'arrived', 'arrived'])
  })

  it('`expired` when the seller says so, and for good', async () => {
    const { states } = await aBuyer()
    shop.advance(2 * day)
    shop.stripe.tick()
    expect(await states()).toEqual(['expired', 'expired', 'expired'])
  })

  it('of one whose page was never given out our clock says it', async () => {
    const { intent, states } = await aBuyer()
    const stored = await shop.services.purchases.intent(intent)
    if (!stored) throw new Error('no intent')
    await shop.services.purchases.noteOnIntent({ ...stored, session: null }, {})
    expect(await states()).toEqual(['open', 'open', 'open'])
    shop.advance(2 * day)
    expect(await states()).toEqual(['expired', 'expired', 'expired'])
  })
})

it('says who will own it, and leads back in the language that it was opened in', async () => {
  const as = aMember(cast.olivia.tenantId, `buyer-${crypto.randomUUID()}@contoso.example`)
  const pageOf = async (language: string) => {
    const { session } = await shop.open(as, {}, { 'accept-language': language })
    const { success_url, cancel_url, locale } = shop.stripe.store.must(session)
    return [success_url, cancel_url, locale, shop.stripe.store.hiddenOf(session).note]
  }
  expect(await pageOf('fr-CH')).toEqual([
    expect.stringMatching(/\/purchase\/confirm\?lang=fr#intent_[\w-]+$/),
    expect.stringMatching(/\/purchase\/\?lang=fr$/),
    'fr',
    `L'abonnement appartiendra à ${as.mail}.`,
  ])
  expect(await pageOf('en')).toEqual([
    expect.stringMatching(/\/purchase\/confirm\?lang=en#intent_[\w-]+$/),
    expect.stringMatching(/\/purchase\/\?lang=en$/),
    'en',
    `The subscription will belong to ${as.mail}.`,
  ])
})
