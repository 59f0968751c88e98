import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Thing } from '../../../infra/local/stripe/store.ts'
import { aMember } from '../../kit/people.ts'
import { type Shop, startShop } from '../../kit/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
  shop.byHand()
})
afterEach(() => {
  shop.stripe.faults.clear()
  shop.cosmos.faults.clear()
})
afterAll(() => shop.close())

const accountOf = ({ tenantId, objectId }: { tenantId: string; objectId: string }) => ({ tenantId, objectId })
const olivia = accountOf(cast.olivia)
/** Calls of one person are limited by the minute: each test has a buyer of its own. */
const aBuyer = () => aMember(cast.olivia.tenantId, `buyer-${crypto.randomUUID()}@contoso.example`)
const ownerOf = async ({ id }: Thing) => (await shop.ours(id))?.owner
const reversed = <T>(list: T[]) => list.toReversed()
const pagesOf = ({ id }: Thing) =>
  shop.stripe.store.all('checkout.session').filter(({ subscription }) => subscription === id)

/** Somebody pays a page of ours; its events come in an order, each of them looked at. */
async function paid(session: string, how: Parameters<Shop['stripe']['act']['pay']>[1] = {}, order?: typeof reversed) {
  const subscription = await shop.happens(() => shop.stripe.act.pay(session, how), order)
  await shop.look(subscription)
  return subscription
}

describe('C12 who bought it', () => {
  it.each([
    ['as they come', undefined],
    ['backwards', reversed],
  ])('(a) from a page of ours, its events %s: one licence, of whoever opened the page', async (_, order) => {
    const buyer = aBuyer()
    const { session } = await shop.open(buyer)
    const subscription = await paid(session, { email: 'Somebody.Else@fabrikam.example' }, order)
    expect(await ownerOf(subscription)).toEqual(accountOf(buyer))
    const { subscriptionId } = (await shop.ours(subscription.id)) ?? {}
    const [entry] = shop.cosmos.items('subscriptions', subscriptionId).filter(({ kind }) => kind === 'history')
    expect(entry).toMatchObject({ did: 'purchased' })
  })

  it.each([
    [['customer.subscription.created', 'checkout.session.completed']],
    [['checkout.session.completed', 'customer.subscription.created']],
    [['checkout.session.completed']],
    [['customer.subscription.created']],
  ])('(a) one licence, bound, when all that ever comes is %j', async (types) => {
    const buyer = aBuyer()
    const { session } = await shop.open(buyer)
    const from = shop.made()
    const subscription = shop.stripe.act.pay(session)
    for (const type of types) {
      const event = shop.eventsSince(from).find((one) => one.type === type)
      expect(await shop.send(event as Thing)).toBe(200)
      await shop.look(subscription)
    }
    expect(await ownerOf(subscription)).toEqual(accountOf(buyer))
  })

  it.each([
    ['no metadata at all', {}],
    ['an account of ours in the metadata', { account: JSON.stringify(olivia), owner: 'olivia@contoso.example' }],
    ['(e) a tenant typed into a link', { tenantId: olivia.tenantId, objectId: olivia.objectId }],
    ['(e) an intent that is none', { intent: `intent_${'x'.repeat(43)}` }],
    ['(e) an intent that is no id', { intent: "intent_' OR 1=1 --" }],
  ])('(b) %s: there is a licence, and it is nobody’s', async (_, metadata) => {
    const subscription = await shop.happens(() => shop.stripe.act.buy({ metadata, email: cast.olivia.mail }))
    shop.stripe.store.must(subscription.customer).email = null
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject({ owner: null, state: 'active', quantity: 5 })
    const { json } = await shop.call('list_subscriptions', { as: 'olivia' })
    expect(JSON.stringify(json)).not.toContain((await shop.ours(subscription.id))?.subscriptionId)
  })

  it.each([
    ['succeeded', 'sepa', 'active', false],
    ['failed', 'sepa_fails', 'payment_pending', true],
  ] as const)(
    '(c) completed but unpaid: nothing before the bank says that it %s',
    async (outcome, card, state, footer) => {
      const buyer = aBuyer()
      const { session } = await shop.open(buyer)
      const subscription = await paid(session, { card })
      const [page] = pagesOf(subscription)
      expect(page).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
      expect(await shop.ours(subscription.id)).toMatchObject({ state: 'payment_pending', owner: accountOf(buyer) })
      const params = { subscriptionId: String((await shop.ours(subscription.id))?.subscriptionId) }
      const give = () => shop.call('assign_seats', { as: buyer, params, body: { addresses: [buyer.mail] } })
      expect((await give()).json.title).toBe('not_licensing')
      const made = shop.made()
      await shop.happens(() => shop.advance(6 * 86_400_000))
      expect(shop.eventsSince(made).map(({ type }) => type)).toContain(`checkout.session.async_payment_${outcome}`)
      await shop.look(subscription)
      expect(await shop.ours(subscription.id)).toMatchObject({ state })
      expect((await give()).status).toBe(footer ? 409 : 200)
      expect((await shop.call('look_up_licence', { as: buyer })).json.footer).toBe(footer)
    },
  )

  it.each([
    ['the customer, then the subscription', undefined],
    ['the subscription, then the customer', reversed],
  ])('(d) a deleted customer, told in the order: %s; ended, seats kept, no fault', async (_, order) => {
    const buyer = aBuyer()
    const { session } = await shop.open(buyer)
    const subscription = await paid(session)
    const ours = await shop.ours(subscription.id)
    const params = { subscriptionId: String(ours?.subscriptionId) }
    await shop.call('assign_seats', { as: buyer, params, body: { addresses: [buyer.mail, 'amir@contoso.example'] } })
    await shop.happens(() => shop.stripe.act.deleteCustomer(subscription.customer), order)
    expect(JSON.stringify(await shop.settle())).not.toContain('parked')
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'ended', assigned: 2, owner: accountOf(buyer) })
    await shop.happens(() => shop.stripe.events.make('customer.subscription.updated', subscription, 0))
    await shop.look(subscription)
    expect(await shop.ours(subscription.id)).toMatchObject({ state: 'ended', assigned: 2 })
    expect((await shop.call('look_up_licence', { as: buyer })).json).toMatchObject({ footer: true, code: 'ended' })
  })
})

describe('F12 nothing that a buyer can type makes anybody the owner', () => {
  /** A page opened at the seller by somebody else than us, as a payment link is. */
  function aLink(fields: { metadata?: Record<string, string>; reference?: string }): string {
    const { store, act } = shop.stripe
    const at = Math.floor(shop.now().getTime() / 1000)
    const id = store.newId('cs_test')
    const { metadata = {}, reference = null } = fields
    Object.assign(store.hiddenOf(id), { items: [{ price: act.priceOf('seat_monthly'), quantity: 5 }], metadata })
    const common = { status: 'open', payment_status: 'unpaid', livemode: false, mode: 'subscription', url: null }
    const rest = { created: at, expires_at: at + 80_000, customer: null, subscription: null, locale: null }
    store.put({ id, object: 'checkout.session', ...common, ...rest, client_reference_id: reference, metadata })
    return id
  }

  const victim = () => shop.open(aBuyer())
  const rows: [string, () => Promise<string>][] = [
    ['no intent', async () => aLink({})],
    ['`client_reference_id` of an account', async () => aLink({ reference: `${olivia.tenantId}.${olivia.objectId}` })],
    ['`client_reference_id` of an intent', async () => aLink({ reference: (await victim()).intent })],
    ['metadata that name an account', async () => aLink({ metadata: { ...olivia, account: olivia.objectId } })],
    ['a foreign intent', async () => aLink({ metadata: { intent: `intent_${'f'.repeat(43)}` } })],
    ['the intent of somebody’s open page', async () => aLink({ metadata: { intent: (await victim()).intent } })],
    ['the intent of a page that was paid', async () => aLink({ metadata: { intent: await usedIntent() } })],
    ['an intent of real money', async () => aLink({ metadata: { intent: await liveIntent() } })],
    ['an intent whose page was never written back', async () => aLink({ metadata: { intent: await pageless() } })],
  ]

  async function usedIntent(): Promise<string> {
    const { intent, session } = await victim()
    await paid(session)
    return intent
  }
  async function liveIntent(): Promise<string> {
    const { intent } = await victim()
    await rewrite(intent, { mode: 'live' })
    return intent
  }
  async function pageless(): Promise<string> {
    const { intent } = await victim()
    await rewrite(intent, { session: null })
    return intent
  }
  async function rewrite(id: string, fields: object): Promise<void> {
    const intent = await shop.services.purchases.intent(id)
    if (!intent) throw new Error('no intent')
    expect(await shop.services.purchases.noteOnIntent({ ...intent, ...fields }, {})).toBe(true)
  }

  it.each(rows)('%s: unclaimed, none bound, and the intent is as it was', async (_, makePage) => {
    const session = await makePage()
    const { intent: id } = shop.stripe.store.must(session).metadata
    const before = id && (await shop.services.purchases.intent(id))
    const subscription = await paid(session, { email: cast.olivia.mail })
    expect(await shop.ours(subscription.id)).toMatchObject({ owner: null, name: 'SecureMailMerge', state: 'active' })
    expect(id && (await shop.services.purchases.intent(id))).toEqual(before)
  })

  it('the page of a victim, altered to name an intent of the attacker, binds neither', async () => {
    const [attacker, other] = [await shop.open(aBuyer()), await shop.open(aBuyer())]
    shop.stripe.store.must(other.session).metadata = { intent: attacker.intent }
    Object.assign(shop.stripe.store.hiddenOf(other.session), { metadata: { intent: attacker.intent } })
    expect(await ownerOf(await paid(other.session))).toBeNull()
  })

  it('an owner, once there, is not moved by whatever the seller says later', async () => {
    const [buyer, mallory] = [aBuyer(), aBuyer()]
    const subscription = await paid((await shop.open(buyer)).session)
    const { intent } = await shop.open(mallory)
    await shop.happens(() => shop.stripe.act.change(subscription.id, { metadata: { intent } }))
    await shop.look(subscription)
    expect(await ownerOf(subscription)).toEqual(accountOf(buyer))
  })
})

describe('F12 cut off between the seller’s page and our note of it, the retry binds the right account', () => {
  const cuts: [string, () => void][] = [
    ['the seller’s answer is lost', () => lose('after')],
    ['the question never reaches the seller', () => lose('before')],
    ['the note is not written', () => noteFails({ dropBefore: true })],
    ['the note is written and its answer lost', () => noteFails({ applyThenDrop: true })],
    ['the store is away', () => noteFails({ status: 503 })],
  ]
  // The client repeats once by itself.
  const lose = (drop: 'before' | 'after') =>
    shop.stripe.faults.add({ method: 'POST', path: 'checkout', times: 2, do: { drop } })
  const noteFails = (what: Parameters<Shop['cosmos']['faults']['add']>[0]['do']) =>
    shop.cosmos.faults.add({ match: { container: 'purchases', operation: 'replace' }, times: -1, do: what })

  it.each(cuts)('%s', async (_, cut) => {
    const buyer = aBuyer()
    const before = shop.stripe.store.all('checkout.session').length
    const headers = { 'idempotency-key': crypto.randomUUID() }
    cut()
    await expect(shop.open(buyer, {}, headers)).rejects.toThrow(/50[03]/)
    shop.stripe.faults.clear()
    shop.cosmos.faults.clear()
    const { intent, session } = await shop.open(buyer, {}, headers)
    expect(shop.stripe.store.all('checkout.session')).toHaveLength(before + 1)
    expect(await ownerOf(await paid(session))).toEqual(accountOf(buyer))
    const shown = await shop.ask('show_intent', { as: buyer, params: { intentId: intent } })
    expect(shown.json).toMatchObject({ state: 'arrived', subscription: { quantity: 5 } })
  })

  it('five calls at once under one key: one page, one owner', async () => {
    const buyer = aBuyer()
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const opened = await Promise.all(Array.from({ length: 5 }, () => shop.open(buyer, {}, headers)))
    expect(new Set(opened.map(({ session }) => session)).size).toBe(1)
    expect(await ownerOf(await paid(opened[0]?.session ?? ''))).toEqual(accountOf(buyer))
  })

  it('paid before the note was written: nobody’s at first, and bound when the buyer asks again', async () => {
    const buyer = aBuyer()
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const before = shop.stripe.store.all('checkout.session').length
    noteFails({ status: 503 })
    await expect(shop.open(buyer, {}, headers)).rejects.toThrow(/503/)
    shop.cosmos.faults.clear()
    const session = String(shop.stripe.store.all('checkout.session')[before]?.id)
    const subscription = await paid(session)
    expect(await ownerOf(subscription)).toBeNull()
    await shop.open(buyer, {}, headers)
    const params = { intentId: shop.stripe.store.must(session).metadata.intent }
    const state = async () => (await shop.ask('show_intent', { as: buyer, params })).json.state
    expect(await state()).toBe('confirming')
    await shop.settle()
    expect(await state()).toBe('arrived')
    expect(await ownerOf(subscription)).toEqual(accountOf(buyer))
  })
})
