import type { Account } from '@securemailmerge/shared/identity/account'
import { intentId, newIntent } from '@securemailmerge/shared/purchasing/intent'
import type { Thing } from '../../infra/local/stripe/store.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** One purchase and what is done to it, until so many events have come of it. */
export interface Life {
  subscription: string
  customer: string
  /** Whose it must become; null when no page of ours led to it. */
  owner: Account | null
  events: number
  wanted: number
  acts: number
}

const MOST_ACTS = 60
const cards = ['good', 'good', 'good', 'good', 'sepa', 'sepa_fails'] as const

/** Buys, by a page of ours or otherwise. */
export async function begin(world: World, random: Random): Promise<Life> {
  const { stripe } = world
  const wanted = random.whole(5, 40)
  const quantity = random.whole(1, 20)
  const card = random.pick(cards)
  if (random.chance(0.6)) {
    const trial = random.chance(0.1) ? { trialDays: random.whole(1, 20) } : {}
    const invoiced = random.chance(0.1) ? { daysUntilDue: 30 } : {}
    const price = stripe.act.priceOf(random.pick(['seat_monthly', 'seat_monthly', 'seat_yearly']))
    const declined = random.chance(0.1) ? { card: 'declines' as const } : { card }
    return lifeOf(stripe.act.buy({ quantity, price, ...declined, ...trial, ...invoiced }), null, wanted)
  }
  const owner = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
  const language = 'en' as const
  const wish = { name: 'Life', reference: null, quantity, interval: 'monthly' as const, language }
  const intent = newIntent(intentId(crypto.randomUUID()), 'test', owner, '', wish, world.now())
  await world.purchases.storeIntent(intent)
  const common = { note: 'x', paid: 'http://localhost/p', left: 'http://localhost/' }
  const page = await world.checkout.open({
    ...wish,
    ...common,
    intent: intent.id,
    expiresAt: new Date(intent.expiresAt),
  })
  const stored = await world.purchases.intent(intent.id)
  if (!stored || !(await world.purchases.noteOnIntent(stored, { session: page.id }))) throw new Error('no intent')
  return lifeOf(stripe.act.pay(page.id, { card }), owner, wanted)
}

const lifeOf = ({ id, customer }: Thing, owner: Account | null, wanted: number): Life => ({
  ...{ subscription: id, customer, owner, events: 0, wanted, acts: 0 },
})

export const isOver = ({ events, wanted, acts }: Life): boolean => events >= wanted || acts >= MOST_ACTS

type Act = (world: World, thing: Thing, random: Random) => void
/** The last payment of money: its invoice, and what of it can still be given back. */
function lastPayment({ stripe: { store } }: World, { id }: Thing): { invoice: string; left: number } | undefined {
  const invoice = store.invoicesOf(id).findLast(({ status, amount_paid }) => status === 'paid' && amount_paid > 0)
  const intent = invoice && store.get(String(store.hiddenOf(invoice.id).intent))
  if (!invoice || !intent) return undefined
  const charge = store.must(intent.latest_charge)
  return { invoice: invoice.id, left: charge.amount - charge.amount_refunded }
}
const live = ({ status }: Thing) => !['canceled', 'incomplete_expired'].includes(status)

const acts: [weight: number, act: Act][] = [
  [6, ({ stripe }, { id }, random) => stripe.act.setQuantity(id, random.whole(0, 30))],
  [4, ({ stripe }, { id }, random) => stripe.act.billQuantity(id, random.whole(0, 30), false)],
  [2, raise],
  [4, ({ stripe }, { customer }, random) => stripe.act.setCard(customer, random.pick(['good', 'declines']))],
  [4, ({ stripe }, { id }) => stripe.act.payOpen(id)],
  [
    3,
    ({ stripe }, thing) =>
      stripe.act.change(thing.id, { cancel_at_period_end: true, cancel_at: thing.items.data[0].current_period_end }),
  ],
  [3, ({ stripe }, { id }) => stripe.act.change(id, { cancel_at_period_end: false, cancel_at: null })],
  [1, ({ stripe }, { id }) => stripe.act.cancelNow(id)],
  [1, (world, thing, random) => refund(world, thing, random.chance(0.3))],
  [1, (world, thing, random) => dispute(world, thing, random.chance(0.3))],
  [
    1,
    ({ stripe }, { id, status }) =>
      status === 'active' ? stripe.act.pause(id) : status === 'paused' && stripe.act.resume(id),
  ],
  [
    1,
    ({ stripe }, { id }, random) =>
      stripe.act.addItem(id, stripe.act.priceOf(random.pick(['training', 'seat_monthly'])), 2),
  ],
  [0.3, ({ stripe }, { customer }) => stripe.act.deleteCustomer(customer)],
  [6, ({ stripe }, { id }) => stripe.act.change(id, {})],
]
const weights = acts.reduce((sum, [weight]) => sum + weight, 0)

/** As our own page does: more count when they are paid, which no debit and no sent invoice can wait for. */
function raise({ stripe }: World, { id, customer, collection_method, items, status }: Thing, random: Random): void {
  const { card } = stripe.store.hiddenOf(customer)
  const quantity = items.data[0].quantity + random.whole(1, 9)
  const canWait = collection_method === 'charge_automatically' && (card === 'good' || card === 'declines')
  if (canWait && status === 'active') stripe.act.billQuantity(id, quantity, true)
}

function refund(world: World, thing: Thing, full: boolean): void {
  const payment = lastPayment(world, thing)
  if (payment && payment.left > 0) world.stripe.act.refund(payment.invoice, full ? {} : { amount: 1 })
}

function dispute(world: World, thing: Thing, lost: boolean): void {
  const payment = lastPayment(world, thing)
  if (!payment) return
  const { id } = world.stripe.act.dispute(payment.invoice)
  world.stripe.act.decide(id, lost ? 'lost' : 'won')
}

/** Something happens to it: an act of somebody, or an old event is sent again. */
export function live1(world: World, life: Life, random: Random): void {
  life.acts += 1
  const thing = world.stripe.store.must(life.subscription)
  if (!live(thing)) {
    world.stripe.events.send(
      world.stripe.events.build('customer.subscription.updated', thing, Math.floor(world.now().getTime() / 1000)),
    )
    return
  }
  let at = random.next() * weights
  for (const [weight, act] of acts) {
    at -= weight
    if (at > 0) continue
    act(world, thing, random)
    return
  }
}
