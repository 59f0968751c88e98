import * as z from 'zod'
import type { Shown } from '../pages.ts'
import type { Thing } from '../store.ts'
import { ended, ending } from './standing.ts'

/** What is done, in a sentence. @throws Error when it cannot be done, ZodError for fields that do not fit */
type Deed = (shown: Shown, form: Record<string, string>) => string

const Quantity = z.object({ quantity: z.coerce.number().int().min(0).max(100_000) })
const Part = z.object({ amount: z.string().regex(/^\d{1,7}([.,]\d{1,2})?$/, 'an amount such as 12.50') })
const Bought = Quantity.extend({
  price: z.enum(['seat_monthly', 'seat_yearly', 'training']),
  email: z.email(),
  card: z.enum(['good', 'declines', 'sepa', 'sepa_fails']),
})
const DAY_MS = 86_400_000
const Delivering = z.object({
  double: z.literal('yes').optional(),
  hold: z.literal('yes').optional(),
  delayMs: z.coerce
    .number()
    .int()
    .min(0)
    .max(3 * DAY_MS),
})

/** What the buttons of the desk do, by name. `id` of the form says what it is done to. */
export const deeds: Record<string, Deed> = {
  fail: (shown, { id }) => {
    shown.act.setCard(running(shown, id).customer, 'declines')
    return 'Payments will fail from now on.'
  },
  mend: (shown, { id }) => {
    shown.act.setCard(running(shown, id).customer, 'good')
    return 'The card works from now on.'
  },
  pay: (shown, { id }) => {
    shown.act.payOpen(running(shown, id).id)
    return 'What was open has been tried.'
  },
  quantity: (shown, { id, ...form }) => {
    const { quantity } = Quantity.parse(form)
    shown.act.setQuantity(running(shown, id).id, quantity)
    return `The quantity is ${quantity}.`
  },
  cancel: (shown, { id }) => {
    shown.act.cancelNow(running(shown, id).id)
    return 'It is cancelled.'
  },
  end: (shown, { id }) => end(shown, id, true),
  undo: (shown, { id }) => end(shown, id, false),
  pause: (shown, { id }) => {
    shown.act.pause(running(shown, id).id)
    return 'It is paused.'
  },
  resume: (shown, { id }) => {
    shown.act.resume(running(shown, id).id)
    return 'It goes on.'
  },
  forget: (shown, { id }) => {
    const { customer } = a(shown, 'subscription', id)
    if (shown.store.hiddenOf(customer).deleted) throw new Error('the customer is deleted already')
    shown.act.deleteCustomer(customer)
    return 'The customer is deleted.'
  },
  refund: (shown, { invoice }) => {
    const thing = a(shown, 'invoice', invoice)
    if (returnable(shown, thing) < 1) throw new Error('nothing is left to give back')
    shown.act.refund(thing.id)
    return 'All of it is given back.'
  },
  part: (shown, { invoice, ...form }) => {
    const amount = Math.round(Number(Part.parse(form).amount.replace(',', '.')) * 100)
    const thing = a(shown, 'invoice', invoice)
    const rest = returnable(shown, thing)
    if (amount < 1 || amount > rest) throw new Error(`only ${rest / 100} can be given back`)
    shown.act.refund(thing.id, { amount })
    return 'A part is given back.'
  },
  dispute: (shown, { invoice }) => {
    const thing = a(shown, 'invoice', invoice)
    if (!chargeOf(shown, thing)?.paid) throw new Error('nothing was paid for this invoice')
    shown.act.dispute(thing.id)
    return "The payer's bank asks for the money back."
  },
  won: (shown, { dispute }) => decide(shown, dispute, 'won'),
  lost: (shown, { dispute }) => decide(shown, dispute, 'lost'),
  buy: (shown, form) => {
    const { price, ...what } = Bought.parse(form)
    shown.act.buy({ ...what, price: shown.act.priceOf(price) })
    return `${what.email} has bought ${what.quantity}.`
  },
  resend: (shown, { event }) => {
    const { type, id } = a(shown, 'event', event)
    shown.act.resend(id)
    return `${type} goes out again.`
  },
  deliver: (shown, form) => {
    const { double, hold, delayMs } = Delivering.parse(form)
    shown.act.deliver({ double: double === 'yes', hold: hold === 'yes', delayMs })
    return 'Events go out as chosen.'
  },
}

/** The part of a paid invoice that can still be given back, in the smallest unit of its currency. */
export function returnable({ store }: Shown, invoice: Thing): number {
  const charge = chargeOf({ store }, invoice)
  return charge?.paid ? charge.amount - charge.amount_refunded : 0
}

/** The latest charge for an invoice; undefined when nobody has tried to take money for it. */
export function chargeOf({ store }: Pick<Shown, 'store'>, invoice: Thing): Thing | undefined {
  const intent = store.get(String(store.hiddenOf(invoice.id).intent))
  return intent?.latest_charge ? store.get(intent.latest_charge) : undefined
}

function a({ store }: Shown, kind: string, id: string | undefined): Thing {
  const thing = store.get(id ?? '')
  if (thing?.object !== kind) throw new Error(`there is no such ${kind}`)
  return thing
}

function running(shown: Shown, id: string | undefined): Thing {
  const subscription = a(shown, 'subscription', id)
  if (ended(subscription)) throw new Error('the subscription is over')
  return subscription
}

function end(shown: Shown, id: string | undefined, ends: boolean): string {
  const subscription = running(shown, id)
  shown.act.change(subscription.id, ending(subscription, ends, Math.floor(shown.time().getTime() / 1000)))
  return ends ? 'It ends with its period.' : 'It goes on.'
}

function decide(shown: Shown, dispute: string | undefined, how: 'won' | 'lost'): string {
  const { id, status } = a(shown, 'dispute', dispute)
  if (status === 'won' || status === 'lost') throw new Error(`the dispute is ${status} already`)
  shown.act.decide(id, how)
  return `The dispute is ${how}.`
}
