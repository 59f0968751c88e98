import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalStripe, startStripe } from '../../../../infra/local/stripe/start-stripe.ts'
import type { Thing } from '../../../../infra/local/stripe/store.ts'

const DAY_MS = 86_400_000
const back = 'http://localhost:4280/purchase/'
const paid = `${back}confirm#intent_1`
const evil = '<img src=x onerror=alert(1)>"\'&'
const inert = '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;'

let ahead = 0
let stripe: LocalStripe
let client: Stripe
beforeEach(async () => {
  ahead = 0
  stripe = await startStripe({ now: () => new Date(Date.now() + ahead) })
  client = new Stripe(stripe.key, { host: '127.0.0.1', port: stripe.port, protocol: 'http', maxNetworkRetries: 0 })
})
afterEach(() => stripe.close())

const look = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${stripe.origin}${path}`, { headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const press = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
  const body = new URLSearchParams(form)
  const response = await fetch(`${stripe.origin}${path}`, { method: 'POST', body, headers, redirect: 'manual' })
  return { status: response.status, location: response.headers.get('location'), text: await response.text() }
}

const tell = async (name: string, body?: unknown, { method = 'POST', ...headers }: Record<string, string> = {}) => {
  const response = await fetch(`${stripe.origin}/_local/${name}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers have many shapes, which each test reads as it expects them
  return { status: response.status, json: (await response.json()) as any }
}

const open = (more: object = {}) =>
  client.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: stripe.act.priceOf('seat_monthly'), quantity: 5 }],
    success_url: paid,
    cancel_url: back,
    custom_text: { submit: { message: 'The subscription will belong to olivia@contoso.example.' } },
    ...more,
  })

const wish = { quantity: '5', seen: '5', email: 'buyer@contoso.example', country: 'FR', card: 'good', do: 'pay' }
const stateOf = (id: string) => stripe.store.must(id).status
const only = (kind: string): Thing => {
  const [first, ...others] = stripe.store.all(kind)
  expect(others).toEqual([])
  return first as Thing
}
const types = (): string[] => stripe.store.all('event').map(({ type }) => type)

/** The status of a request with a Host of its own, which fetch does not allow. */
const statusFrom = (host: string, path: string, method = 'GET') =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: stripe.port, path, method, headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject).end()
  })

describe('the page for buying', () => {
  it('says what is bought, for whom, and what it costs, by the tier of the quantity', async () => {
    const { id } = await open()
    const { status, text, headers } = await look(`/pay/${id}?lang=en`)
    expect(status).toBe(200)
    for (const part of [
      ...['lang="en"', 'SecureMailMerge licence', '1 to 9 licences: €12.00 each', '€60.00'],
      'per month, before tax',
    ])
      expect(text).toContain(part)
    expect(text).toContain('The subscription will belong to olivia@contoso.example.')
    expect(text).toContain(`href="${back}"`)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).toContain("form-action 'self' http://localhost:4280;")
    const more = await press(`/pay/${id}?lang=en`, { ...wish, quantity: '10', do: 'update' })
    expect(more.text).toContain('€96.00')
    expect(stateOf(id)).toBe('open')
  })

  it('speaks the language that is named, else that of its opener, else that of the browser', async () => {
    const { id } = await open()
    const french = await open({ locale: 'fr' })
    const odd = await open({ locale: 'auto' })
    expect((await look(`/pay/${id}?lang=fr`)).text).toContain('Ce que tu achètes')
    expect((await look(`/pay/${id}`, { 'accept-language': 'fr-CH' })).text).toContain('lang="fr"')
    expect((await look(`/pay/${french.id}`, { 'accept-language': 'en' })).text).toContain('lang="fr"')
    expect((await look(`/pay/${french.id}?lang=en`)).text).toContain('lang="en"')
    expect((await look(`/pay/${odd.id}`, { 'accept-language': 'fr' })).text).toContain('lang="fr"')
  })

  it('changes its language and keeps what was typed, finished or not; Enter still does what it did', async () => {
    const { id } = await open()
    const english = await look(`/pay/${id}?lang=en`)
    expect(english.text).toMatch(/<button [^>]*formaction="\/pay\/\w+\?lang=fr" formnovalidate [^>]*value="language"/)
    const [, first] = /<button [^>]*value="(\w+)"/.exec(english.text) ?? []
    expect(first).toBe('update')
    const typed = { ...wish, quantity: '7', email: 'half of i', country: 'BE', card: 'sepa', do: 'language' }
    const { status, text } = await press(`/pay/${id}?lang=fr`, typed)
    expect(status).toBe(200)
    for (const part of ['lang="fr"', 'value="7"', 'value="half of i"', '<option value="BE" selected>', 'hors taxes'])
      expect(text).toContain(part)
    expect(text).toMatch(/value="sepa" checked/)
    expect(text).not.toContain('role="alert"')
    expect([stateOf(id), stripe.store.all('subscription')]).toEqual(['open', []])
  })

  it('takes the money, remembers who paid, and leads on', async () => {
    const { id } = await open({ success_url: `${back}{CHECKOUT_SESSION_ID}` })
    const done = await press(`/pay/${id}`, { ...wish, quantity: '10', seen: '10', country: 'BE' })
    expect([done.status, done.location]).toEqual([303, `${back}${id}`])
    const session = await client.checkout.sessions.retrieve(id, { expand: ['subscription.latest_invoice'] })
    expect(session).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      customer_details: { email: 'buyer@contoso.example', address: { country: 'BE' } },
      subscription: {
        status: 'active',
        items: { data: [{ quantity: 10 }] },
        latest_invoice: { status: 'paid', total: 9600 },
      },
    })
    expect(types()).toContain('checkout.session.completed')
    const again = await press(`/pay/${id}`, wish)
    expect([again.status, again.location]).toEqual([200, null])
    expect(again.text).toContain('This purchase is finished.')
    expect(only('subscription').id).toBe((session.subscription as Stripe.Subscription).id)
  })

  it('never takes another amount than the one that was shown', async () => {
    const { id } = await open()
    const first = await press(`/pay/${id}`, { ...wish, quantity: '20' })
    expect(first.text).toContain('The total has changed.')
    expect(first.text).toContain('€192.00')
    expect([stateOf(id), stripe.store.all('subscription')]).toEqual(['open', []])
  })

  it('stays when the card is refused, with what was entered', async () => {
    const { id } = await open()
    const refused = await press(`/pay/${id}`, {
      ...wish,
      card: 'declines',
      email: 'amy@contoso.example',
      country: 'CA',
    })
    expect(refused.status).toBe(200)
    expect(refused.text).toContain('role="alert">The card was refused.')
    expect(refused.text).toContain('value="amy@contoso.example"')
    expect(refused.text).toContain('<option value="CA" selected>')
    expect(stateOf(id)).toBe('open')
    expect((await press(`/pay/${id}`, wish)).location).toBe(paid)
  })

  it.each([
    ['sepa', 'paid', 'active', 'checkout.session.async_payment_succeeded'],
    ['sepa_fails', 'unpaid', 'past_due', 'checkout.session.async_payment_failed'],
  ])('lets %s decide five days later', async (card, payment, status, type) => {
    const { id } = await open()
    expect((await press(`/pay/${id}`, { ...wish, card })).location).toBe(paid)
    expect(stripe.store.must(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
    ahead = 5 * DAY_MS + 60_000
    stripe.tick()
    expect([stripe.store.must(id).payment_status, only('subscription').status]).toEqual([payment, status])
    expect(types()).toContain(type)
  })

  it.each([
    [{ quantity: '0' }, 'between 1 and 5000'],
    [{ quantity: '5001' }, 'between 1 and 5000'],
    [{ quantity: '1.5' }, 'between 1 and 5000'],
    [{ quantity: evil }, 'between 1 and 5000'],
    [{ email: 'nobody' }, 'An e-mail address is needed'],
    [{ country: 'XX' }, 'Choose a country'],
    [{ card: 'gold' }, 'Choose how to pay'],
  ])('refuses %j in words', async (fields, words) => {
    const { id } = await open()
    const answer = await press(`/pay/${id}`, { ...wish, ...fields })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain(words)
    expect(answer.text).not.toContain('<img')
    expect(stripe.store.all('subscription')).toEqual([])
  })

  it('says that it has expired, and that there is none', async () => {
    const { id } = await open()
    ahead = DAY_MS + 60_000
    const gone = await press(`/pay/${id}`, wish)
    expect(gone.text).toContain('This page has expired.')
    expect(gone.text).toContain(`href="${back}"`)
    expect([stateOf(id), stripe.store.all('subscription')]).toEqual(['expired', []])
    expect((await look('/pay/cs_test_none')).status).toBe(404)
    expect((await look(`/pay/${stripe.act.priceOf('seat_monthly')}`)).status).toBe(404)
  })

  it('shows names as text, and links to pages of the web only', async () => {
    const { id } = await open({
      success_url: "http://a;script-src'/",
      cancel_url: 'javascript:alert(1)',
      customer_email: evil,
      custom_text: { submit: { message: evil } },
    })
    const { text, headers } = await look(`/pay/${id}`)
    expect(text.split(inert)).toHaveLength(3)
    for (const part of ['<img', 'javascript:', 'a;script']) expect(text).not.toContain(part)
    expect(headers.get('content-security-policy')).toContain("form-action 'self';")
    expect((await press(`/pay/${id}`, wish)).text).toContain('This purchase is finished.')
  })
})

describe('the page for payments', () => {
  const enter = async (customer: string, more: object = {}) => {
    const { url } = await client.billingPortal.sessions.create({ customer, return_url: back, ...more })
    return new URL(url).pathname
  }

  it('changes the card, pays what is open, cancels and takes it back', async () => {
    const subscription = stripe.act.buy({ card: 'good' })
    const path = await enter(subscription.customer)
    const page = await look(`${path}?lang=en`)
    for (const part of ['SMM-000001', '€60.00', 'paid', 'Card that works', `href="${back}"`])
      expect(page.text).toContain(part)

    const doing = async (what: string, fields = {}) => {
      const { location } = await press(`${path}?lang=en`, { do: what, subscription: subscription.id, ...fields })
      return (await look(String(location))).text
    }
    expect(await doing('cancel')).toContain('It ends at the end of the period.')
    expect(subscription).toMatchObject({
      cancel_at_period_end: true,
      cancel_at: subscription.items.data[0].current_period_end,
    })
    expect(await doing('undo')).toContain('It goes on.')
    expect(subscription).toMatchObject({ cancel_at_period_end: false, cancel_at: null })

    expect(await doing('declines')).toContain('<span id="card">Card that is refused</span>')
    ahead = 32 * DAY_MS
    stripe.tick()
    expect(subscription.status).toBe('past_due')
    expect(await doing('pay')).toContain('It could not be paid')
    expect(await doing('good')).toContain('The card works from now on.')
    expect(await doing('pay')).toContain('It is paid.')
    expect(subscription.status).toBe('active')
    expect(await doing('pay')).toContain('Nothing was to be done.')
    expect((await look(`${path}?lang=fr`)).text).toContain('Moyen de paiement')
  })

  it('speaks the language that is named, else that of its opener, else that of the browser', async () => {
    const { customer } = stripe.act.buy()
    const french = await enter(customer, { locale: 'fr' })
    const any = await enter(customer)
    expect((await look(french, { 'accept-language': 'en' })).text).toContain('lang="fr"')
    expect((await look(`${french}?lang=en`, { 'accept-language': 'fr' })).text).toContain('lang="en"')
    expect((await look(any, { 'accept-language': 'fr' })).text).toContain('lang="fr"')
    expect((await look(await enter(customer, { locale: 'ja' }))).text).toContain('lang="en"')
  })

  it('does nothing to the subscription of another customer', async () => {
    const mine = stripe.act.buy()
    const other = stripe.act.buy()
    const path = await enter(mine.customer)
    expect((await look(path)).text).not.toContain(other.id)
    for (const what of ['cancel', 'undo', 'pay']) {
      const { location } = await press(path, { do: what, subscription: other.id })
      expect(location).toContain('note=nothing')
    }
    expect(other.cancel_at).toBeNull()
  })

  it('does not take a debit twice that is under way', async () => {
    const subscription = stripe.act.buy({ card: 'sepa' })
    const path = await enter(subscription.customer)
    expect((await look(path)).text).toContain('A direct debit is on its way.')
    expect((await press(path, { do: 'pay', subscription: subscription.id })).location).toContain('note=nothing')
  })

  it('says that there is none, or that the customer is deleted', async () => {
    expect((await look('/billing/bps_none')).status).toBe(404)
    expect((await look('/billing/__proto__')).status).toBe(404)
    const { customer } = stripe.act.buy()
    const path = await enter(customer)
    stripe.act.deleteCustomer(customer)
    expect(await look(path)).toMatchObject({ status: 410, text: expect.stringContaining('has been deleted') })
    expect((await press(path, { do: 'good' })).status).toBe(410)
  })

  it('never shows a note that it does not have', async () => {
    const path = await enter(stripe.act.buy().customer, { return_url: 'javascript:alert(1)' })
    const { text } = await look(`${path}?note=${encodeURIComponent(evil)}`)
    for (const part of ['<img', 'javascript:', 'id="note"']) expect(text).not.toContain(part)
    expect((await look(`${path}?note=constructor`)).text).not.toContain('id="note"')
  })
})

describe('the desk', () => {
  const act = async (what: string, fields: Record<string, string> = {}) => {
    const { status, location } = await press('/desk', { do: what, ...fields })
    expect(status).toBe(303)
    return (await look(String(location))).text
  }

  it('does to a subscription what people and banks do', async () => {
    const subscription = stripe.act.buy()
    const { id, customer } = subscription
    const page = await look('/desk')
    for (const part of [id, customer, '5 × seat_monthly', 'buyer@contoso.example', '€60.00'])
      expect(page.text).toContain(part)

    expect(await act('quantity', { id, quantity: '7' })).toContain('The quantity is 7.')
    expect(subscription.items.data[0].quantity).toBe(7)
    await act('pause', { id })
    expect(subscription.status).toBe('paused')
    await act('resume', { id })
    expect(subscription.status).toBe('active')
    await act('end', { id })
    expect(subscription.cancel_at_period_end).toBe(true)
    await act('undo', { id })
    expect(subscription.cancel_at).toBeNull()

    await act('fail', { id })
    ahead = 32 * DAY_MS
    expect(await act('pay', { id })).toContain('What was open has been tried.')
    expect(subscription.status).toBe('past_due')
    await act('mend', { id })
    await act('pay', { id })
    expect(subscription.status).toBe('active')

    await act('cancel', { id })
    expect(subscription.status).toBe('canceled')
    expect(await act('pause', { id })).toContain('That did not work: the subscription is over')
    await act('forget', { id })
    await expect(client.customers.retrieve(customer)).resolves.toMatchObject({ deleted: true })
    expect(await act('forget', { id })).toContain('deleted already')
  })

  it('gives money back, a part and the rest, never more', async () => {
    const { id } = stripe.act.buy()
    const invoice = only('invoice').id
    await act('part', { id, invoice, amount: '12,50' })
    expect(await act('part', { id, invoice, amount: '47.51' })).toContain('only €47.50 can be given back')
    expect(await act('part', { id, invoice, amount: '-1' })).toContain('That did not work')
    await act('refund', { id, invoice })
    expect(await act('refund', { id, invoice })).toContain('nothing is left')
    expect(stripe.store.all('refund').map(({ amount }) => amount)).toEqual([1250, 4750])
    expect(only('charge')).toMatchObject({ amount_refunded: 6000, refunded: true })
  })

  it('tells what was done once, and what is wrong by the field', async () => {
    const { id } = stripe.act.buy()
    const invoice = only('invoice').id
    const told = await act('part', { id, invoice, amount: 'x' })
    expect(told).toContain('That did not work: the amount has to be one such as 12.50.')
    expect(told).not.toMatch(/✖|→/)
    expect((await look('/desk')).text).not.toContain('id="note"')
    const [, wrong] = /id="note"[^>]*>([^<]*)/.exec(await act('buy', { quantity: 'x', email: 'x', price: 'x' })) ?? []
    expect(wrong).toBe(
      'That did not work: the quantity has to be a whole number, 100,000 at most; “price” is none of its choices; an e-mail address is needed, such as buyer@contoso.example; “card” is none of its choices.',
    )
  })

  it('calls nothing paid whose money went back', async () => {
    const { id } = stripe.act.buy()
    const invoice = only('invoice').id
    const paid = /<dt>Paid until<\/dt><dd>([^<]*)/
    expect(paid.exec((await look('/desk')).text)?.[1]).toMatch(/\d{4}$/)
    await act('part', { id, invoice, amount: '10' })
    expect(paid.exec((await look('/desk')).text)?.[1]).toMatch(/\d{4}$/)
    expect(paid.exec(await act('refund', { id, invoice }))?.[1]).toBe('nothing is paid')
  })

  it('speaks French, and goes on in it', async () => {
    const { id } = stripe.act.buy()
    const page = await look('/desk?lang=fr')
    for (const part of ['lang="fr"', 'Le bureau du vendeur', 'Résilier maintenant', 'Carte qui marche', 'Renvoyer'])
      expect(page.text).toContain(part)
    expect(page.text).not.toMatch(/>(Subscriptions|Delivery|Events|Resend|Cancel now|Dispute|Paid until)</)
    const { location } = await press('/desk?find=&lang=fr', { do: 'pause', id })
    expect(location).toBe(`/desk?find=&lang=fr#${id}`)
    expect((await look(String(location).split('#')[0] ?? '')).text).toContain('abonnement est suspendu.')
  })

  it.each(['won', 'lost'] as const)('lets a bank dispute, %s', async (how) => {
    const { id } = stripe.act.buy()
    expect(await act('dispute', { id, invoice: only('invoice').id })).toContain('value="won"')
    const dispute = only('dispute')
    await act(how, { id, dispute: dispute.id })
    expect([stateOf(dispute.id), types().includes('charge.dispute.funds_reinstated')]).toEqual([how, how === 'won'])
    expect(await act(how, { id, dispute: dispute.id })).toContain(`${how} already`)
  })

  it('asks back no money that nobody paid', async () => {
    const { id } = stripe.act.buy({ card: 'declines' })
    for (const what of ['refund', 'dispute'])
      expect(await act(what, { id, invoice: only('invoice').id })).toContain('That did not work')
    expect([...stripe.store.all('refund'), ...stripe.store.all('dispute')]).toEqual([])
  })

  it('buys without a page of ours', async () => {
    const form = { quantity: '3', price: 'seat_yearly', email: 'zoe@contoso.example', card: 'good' }
    expect(await act('buy', form)).toContain('zoe@contoso.example has bought 3.')
    expect(only('subscription')).toMatchObject({
      status: 'active',
      items: { data: [{ quantity: 3, price: { lookup_key: 'seat_yearly' } }] },
    })
    expect(await act('buy', { ...form, price: 'toString' })).toContain('That did not work')
  })

  it('holds, doubles and resends events, and shows how each was answered', async () => {
    const got: string[] = []
    const server = await listener((body) => got.push(JSON.parse(body).id))
    stripe.act.listenAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect(await act('deliver', { hold: 'yes', double: 'yes', delayMs: '0' })).toContain('value="yes" checked')
    const { customer } = stripe.act.buy()
    const [event] = stripe.store.all('event') as [Thing]
    expect(await act('deliver', { hold: 'yes', delayMs: '99' })).toContain('value="99" selected')
    expect(got).toEqual([])
    await act('deliver', { delayMs: '0' })
    await expect.poll(() => stripe.events.pending).toBe(0)
    expect(got.filter((id) => id === event.id)).toHaveLength(2)
    expect((await look('/desk')).text).toContain('<td>204, 204</td>')
    expect(await act('resend', { event: event.id })).toContain('customer.created goes out again.')
    await expect.poll(() => got.filter((id) => id === event.id).length).toBe(3)
    expect(await act('resend', { event: customer })).toContain('there is no such event')
    server.close()
  })

  it('finds, and shows names as text', async () => {
    const found = stripe.act.buy({ email: evil, metadata: { [evil]: evil } })
    const other = stripe.act.buy()
    const { text } = await look(`/desk?find=${encodeURIComponent(evil)}`)
    expect([text.includes(found.id), text.includes(`id="${other.id}"`), text.includes('<img')]).toEqual([
      true,
      false,
      false,
    ])
    const kept = await press(`/desk?find=${encodeURIComponent('"><b>')}`, { do: '<b>', id: '<b>' })
    expect(kept.location).toBe('/desk?find=%22%3E%3Cb%3E#note')
    expect((await look('/desk?find=%22%3E%3Cb%3E')).text).not.toContain('<b>')
    expect(await act('constructor')).toContain('There is no such button.')
  })
})

describe('the control routes', () => {
  it('tell what there is, act, and refuse by name', async () => {
    const bought = await tell('act', { do: 'buy', with: [{ quantity: 4 }] })
    expect(bought).toMatchObject({ status: 200, json: { done: { object: 'subscription', status: 'active' } } })
    const { id, customer } = bought.json.done
    const state = (await tell('state', undefined, { method: 'GET' })).json
    expect(Object.keys(state)).toEqual(['subscriptions', 'invoices', 'customers', 'sessions', 'refunds', 'disputes'])
    expect(state.subscriptions).toMatchObject([{ id }])
    const invoice = state.invoices[0].id
    const session = (await open()).id
    const steps: [string, unknown[]][] = [
      ['pay', [session, { card: 'good', quantity: 6 }]],
      ['setQuantity', [id, 9]],
      ['change', [id, { metadata: { a: 'b' } }]],
      ['addItem', [id, stripe.act.priceOf('training'), 1]],
      ['pause', [id]],
      ['resume', [id]],
      ['setCard', [customer, 'good']],
      ['payOpen', [id]],
      ['refund', [invoice, { amount: 100 }]],
      ['dispute', [invoice]],
      ['fraudWarning', [invoice]],
      ['priceOf', ['seat_yearly']],
      ['resend', [stripe.store.all('event')[0]?.id]],
      ['emit', [{ type: 'made.up', livemode: true, data: { object: { id: 'x' } } }]],
      ['close', [stripe.act.buy({ card: 'declines' }).latest_invoice, 'uncollectible']],
      ['cancelNow', [id]],
      ['deleteCustomer', [customer]],
    ]
    for (const [name, args] of steps) {
      const answer = await tell('act', { do: name, with: args })
      expect([name, answer.status, answer.json.error]).toEqual([name, 200, undefined])
    }
    await tell('act', { do: 'decide', with: [only('dispute').id, 'won'] })
    expect(only('dispute').status).toBe('won')
    const { json } = await tell('events', undefined, { method: 'GET' })
    expect(json.events[0]).toMatchObject({ event: { type: 'charge.dispute.funds_reinstated' }, answers: [] })

    const refused = [
      { do: 'listenAt', with: ['http://elsewhere.example'] },
      { do: 'constructor', with: [] },
      { do: 'pause', with: [customer] },
      { do: 'pause', with: [] },
      { do: 'pay', with: [session, { card: 'gold' }] },
    ]
    for (const body of refused) expect([body.do, (await tell('act', body)).status]).toEqual([body.do, 400])
    expect((await tell('act', { do: 'pause', with: ['sub_none'] })).status).toBe(404)
    expect(await tell('act', { do: 'pay', with: [session] })).toMatchObject({
      status: 409,
      json: { error: 'the page is complete' },
    })
    expect(await tell('nothing', {})).toMatchObject({
      status: 404,
      json: { error: expect.stringContaining('nothing') },
    })
  })

  it('set faults, let go of what is held, and clear', async () => {
    const asked = await tell('faults', { path: 'prices', times: 2, do: { status: 503 } })
    expect(asked.json).toEqual({ faults: [{ path: 'prices', times: 2, do: { status: 503 } }], held: 0 })
    await expect(client.prices.list()).rejects.toMatchObject({ statusCode: 503 })
    expect((await tell('faults', undefined, { method: 'GET' })).json.faults).toMatchObject([{ times: 1 }])
    expect((await tell('faults', undefined, { method: 'DELETE' })).json.faults).toEqual([])
    await tell('faults', { do: { hold: 'before' } })
    const waiting = client.prices.list()
    await expect.poll(() => stripe.faults.held).toBe(1)
    expect((await tell('release', {})).json).toEqual({ released: 1 })
    expect((await waiting).data).toHaveLength(3)
    expect((await tell('faults', { do: { explode: true } })).status).toBe(400)
  })

  it('count the calls of the API', async () => {
    await client.prices.list()
    await client.prices.list()
    expect((await tell('calls', undefined, { method: 'GET' })).json).toEqual({ calls: { 'GET prices': 2 } })
  })

  it('change the delivery', async () => {
    expect((await tell('deliver', { hold: true, withheld: ['invoice.paid'] })).json.delivery).toEqual({
      double: false,
      delayMs: 0,
      hold: true,
      withheld: ['invoice.paid'],
    })
    expect((await tell('deliver', { fast: true })).status).toBe(400)
  })
})

describe('nobody else', () => {
  it('reaches a page or a route under a foreign name', async () => {
    const { id } = await open()
    for (const path of [`/pay/${id}`, '/desk', '/_local/state', '/styles/style.css']) {
      expect([path, await statusFrom(`evil.example:${stripe.port}`, path)]).toEqual([path, 421])
      expect([path, await statusFrom(`localhost:${stripe.port}`, path)]).toEqual([path, 200])
    }
    expect(await statusFrom('evil.example', '/desk', 'POST')).toBe(421)
  })

  it('presses a button from a page of another origin', async () => {
    const { id } = await open()
    const subscription = stripe.act.buy()
    for (const origin of ['https://evil.example', 'http://localhost:4280', 'null']) {
      expect((await press(`/pay/${id}`, wish, { origin })).status).toBe(403)
      expect((await press('/desk', { do: 'cancel', id: subscription.id }, { origin })).status).toBe(403)
    }
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example'])
      expect((await tell('act', { do: 'cancelNow', with: [subscription.id] }, { origin })).status).toBe(403)
    const plain = { 'Content-Type': 'text/plain' }
    expect((await tell('act', { do: 'cancelNow', with: [subscription.id] }, plain)).status).toBe(400)
    expect([stateOf(id), stateOf(subscription.id)]).toEqual(['open', 'active'])
    expect((await press('/desk', { do: 'cancel', id: subscription.id }, { origin: stripe.origin })).status).toBe(303)
    expect(stateOf(subscription.id)).toBe('canceled')
  })

  it('finds another page, or another way to ask', async () => {
    expect((await look('/')).status).toBe(404)
    expect((await look('/constructor')).status).toBe(404)
    expect((await look('/styles/..%2Fpages.ts')).status).toBe(404)
    expect((await look('/desk/more')).status).toBe(404)
    expect((await fetch(`${stripe.origin}/desk`, { method: 'DELETE' })).status).toBe(405)
  })
})

async function listener(take: (body: string) => void): Promise<Server> {
  const server = createServer(async (asked, response) => {
    let body = ''
    for await (const chunk of asked) body += chunk
    take(body)
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
