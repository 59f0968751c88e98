import assert from 'node:assert/strict'
import { cast } from '../identity/cast.ts'
import type { Stage } from './stage.ts'
import { sees } from './steps.ts'

const HOUR = 1 / 24
/** What the purchase of the story is called at the seller. */
const bought = { subscription: '', customer: '', invoice: '' }

const asked = (stage: Stage, path = '') =>
  stage.call('bea', 'GET', `/api/subscriptions/${stage.subscriptionId}${path}`).then(({ body }) => body)
/** What the owner tells the seller through us. @throws Error with the refusal */
async function tell(stage: Stage, what: string, body: object): Promise<Record<string, unknown>> {
  const path = `/api/purchases/subscriptions/${stage.subscriptionId}/${what}`
  const said = await stage.call('bea', 'POST', path, body)
  if (said.status !== 200) throw new Error(`${what}: ${said.status} ${said.body?.title}: ${said.body?.detail}`)
  return said.body
}

/** The story of a purchase, one sentence a step. */
export const purchaseSteps: [title: string, play: (stage: Stage) => Promise<void>][] = [
  [
    "Bea buys 12 licences on the seller's page; her waiting page asks until they are there",
    async (stage) => {
      const wish = { name: 'Contoso sales', quantity: 12, interval: 'monthly' }
      const { body } = await stage.call('bea', 'POST', '/api/purchases/checkout', wish)
      const intent = `/api/purchases/intents/${body.intent}`
      await stage.deliver({ hold: true })
      const { id, customer, latest_invoice } = await stage.atSeller('pay', String(body.url).split('/').at(-1))
      Object.assign(bought, { subscription: id, customer, invoice: latest_invoice })
      assert.equal((await stage.call('bea', 'GET', intent)).body.state, 'confirming')
      assert.equal((await stage.call('rita', 'GET', intent)).status, 404)
      await stage.deliver({ hold: false })
      await stage.soon(async () => {
        const { state, subscription } = (await stage.call('bea', 'GET', intent)).body
        assert.deepEqual([state, subscription?.quantity, subscription?.assigned], ['arrived', 12, 0])
        stage.subscriptionId = subscription.id
      })
    },
  ],
  [
    'she assigns one to Lee, who is licensed at once',
    async (stage) => {
      const seats = `/api/subscriptions/${stage.subscriptionId}/seats`
      assert.equal((await stage.call('bea', 'POST', seats, { addresses: [cast.lee.mail] })).status, 200)
      await sees(stage, 'lee', 'licensed')
    },
  ],
  [
    'the events of the renewal are an hour late: nobody loses anything',
    async (stage) => {
      const before = (await asked(stage)).paidUntil
      await stage.deliver({ hold: true })
      stage.advance((Date.parse(before) - stage.system.clock.now().getTime()) / 86_400_000 + HOUR)
      await sees(stage, 'lee', 'licensed')
      stage.advance(HOUR)
      await stage.deliver({ hold: false })
      await stage.soon(async () => assert.ok((await asked(stage)).paidUntil > before, 'not renewed'))
      await sees(stage, 'lee', 'licensed')
    },
  ],
  [
    'the card fails at the next renewal: past due, still licensed; a new card, and all is well',
    async (stage) => {
      await stage.atSeller('setCard', bought.customer, 'declines')
      const { paidUntil } = await asked(stage)
      stage.advance((Date.parse(paidUntil) - stage.system.clock.now().getTime()) / 86_400_000 + 2 * HOUR)
      await stage.soon(async () => assert.equal((await asked(stage)).state, 'past_due'))
      await sees(stage, 'lee', 'licensed')
      await stage.atSeller('setCard', bought.customer, 'good')
      await stage.atSeller('payOpen', bought.subscription)
      await stage.soon(async () => assert.equal((await asked(stage)).state, 'active'))
    },
  ],
  [
    'cancelled: licensed until the end of what is paid; undone: as before',
    async (stage) => {
      assert.equal((await tell(stage, 'cancel', {})).term, 'cancelled')
      await sees(stage, 'lee', 'licensed_ending')
      assert.equal((await tell(stage, 'undo-cancel', {})).term, 'renewing')
      await sees(stage, 'lee', 'licensed')
    },
  ],
  [
    'more licences count when they are paid; fewer than are assigned are refused, just as many are possible',
    async (stage) => {
      assert.equal((await tell(stage, 'quantity', { quantity: 15 })).quantity, 15)
      const seats = `/api/subscriptions/${stage.subscriptionId}/seats`
      assert.equal((await stage.call('bea', 'POST', seats, { addresses: [cast.carla.mail] })).status, 200)
      const path = `/api/purchases/subscriptions/${stage.subscriptionId}/quantity`
      const { body } = await stage.call('bea', 'POST', path, { quantity: 1 })
      assert.deepEqual([body.title, body.assigned, body.mustWithdraw], ['below_assigned', 2, 1])
      assert.equal((await tell(stage, 'quantity', { quantity: 2 })).quantity, 2)
      const { title } = (await stage.call('bea', 'POST', seats, { addresses: [cast.fred.mail] })).body
      assert.equal(title, 'no_free_seat')
    },
  ],
  [
    'the payment is given back in full: free, with the reason, and the seller has ended it',
    async (stage) => {
      const { invoices } = (
        await stage.call('bea', 'GET', `/api/purchases/subscriptions/${stage.subscriptionId}/invoices`)
      ).body
      assert.ok(invoices.length >= 3, 'too few invoices')
      await stage.atSeller('refundPeriod', bought.subscription)
      await stage.soon(async () => assert.equal((await asked(stage)).state, 'ended'))
      await sees(stage, 'lee', 'ended')
    },
  ],
]
