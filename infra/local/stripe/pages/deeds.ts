import * as z from 'zod'
import type { Language } from '../../identity/words.ts'
import type { Shown } from '../pages.ts'
import type { Thing } from '../store.ts'
import type { DeskWords } from './desk-words.ts'
import { money } from './frame.ts'
import { chargeOf, ended, ending } from './standing.ts'

/** A button of the desk that was pressed: what was posted, and in which words it is told. */
export interface Pressed {
  shown: Shown
  form: Record<string, string>
  say: DeskWords
  language: Language
}
/** What is done, in a sentence. @throws Error when it cannot be done, ZodError for fields that do not fit */
type Deed = (pressed: Pressed) => string

const Quantity = z.object({ quantity: z.coerce.number().int().min(0).max(100_000) })
const Part = z.object({ amount: z.string().regex(/^\d{1,7}([.,]\d{1,2})?$/) })
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
  fail: (pressed) => {
    pressed.shown.act.setCard(running(pressed).customer, 'declines')
    return pressed.say.done.fail
  },
  mend: (pressed) => {
    pressed.shown.act.setCard(running(pressed).customer, 'good')
    return pressed.say.done.mend
  },
  pay: (pressed) => {
    pressed.shown.act.payOpen(running(pressed).id)
    return pressed.say.done.pay
  },
  quantity: (pressed) => {
    const { quantity } = Quantity.parse(pressed.form)
    pressed.shown.act.setQuantity(running(pressed).id, quantity)
    return pressed.say.done.quantity(quantity)
  },
  cancel: (pressed) => {
    pressed.shown.act.cancelNow(running(pressed).id)
    return pressed.say.done.cancel
  },
  end: (pressed) => end(pressed, true),
  undo: (pressed) => end(pressed, false),
  pause: (pressed) => {
    pressed.shown.act.pause(running(pressed).id)
    return pressed.say.done.pause
  },
  resume: (pressed) => {
    pressed.shown.act.resume(running(pressed).id)
    return pressed.say.done.resume
  },
  forget: ({ shown, form, say }) => {
    const { customer } = a(shown, 'subscription', form.id, say.wrong.noSubscription)
    if (shown.store.hiddenOf(customer).deleted) throw new Error(say.wrong.deleted)
    shown.act.deleteCustomer(customer)
    return say.done.forget
  },
  refund: ({ shown, form, say }) => {
    const thing = a(shown, 'invoice', form.invoice, say.wrong.noInvoice)
    if (returnable(shown, thing) < 1) throw new Error(say.wrong.nothingLeft)
    shown.act.refund(thing.id)
    return say.done.refund
  },
  part: ({ shown, form, say, language }) => {
    const amount = Math.round(Number(Part.parse(form).amount.replace(',', '.')) * 100)
    const thing = a(shown, 'invoice', form.invoice, say.wrong.noInvoice)
    const rest = returnable(shown, thing)
    if (amount < 1 || amount > rest) throw new Error(say.wrong.onlySo(money(rest, thing.currency, language)))
    shown.act.refund(thing.id, { amount })
    return say.done.part
  },
  dispute: ({ shown, form, say }) => {
    const thing = a(shown, 'invoice', form.invoice, say.wrong.noInvoice)
    if (!chargeOf(shown.store, thing)?.paid) throw new Error(say.wrong.unpaid)
    shown.act.dispute(thing.id)
    return say.done.dispute
  },
  won: (pressed) => decide(pressed, 'won'),
  lost: (pressed) => decide(pressed, 'lost'),
  buy: ({ shown, form, say }) => {
    const { price, ...what } = Bought.parse(form)
    shown.act.buy({ ...what, price: shown.act.priceOf(price) })
    return say.done.buy(what.email, what.quantity)
  },
  resend: ({ shown, form, say }) => {
    const { type, id } = a(shown, 'event', form.event, say.wrong.noEvent)
    shown.act.resend(id)
    return say.done.resend(type)
  },
  deliver: ({ shown, form, say }) => {
    const { double, hold, delayMs } = Delivering.parse(form)
    shown.act.deliver({ double: double === 'yes', hold: hold === 'yes', delayMs })
    return say.done.deliver
  },
}

/** The part of a paid invoice that can still be given back, in the smallest unit of its currency. */
export function returnable({ store }: Shown, invoice: Thing): number {
  const charge = chargeOf(store, invoice)
  return charge?.paid ? charge.amount - charge.amount_refunded : 0
}

function a({ store }: Shown, kind: string, id: string | undefined, missing: string): Thing {
  const thing = store.get(id ?? '')
  if (thing?.object !== kind) throw new Error(missing)
  return thing
}

function running({ shown, form, say }: Pressed): Thing {
  const subscription = a(shown, 'subscription', form.id, say.wrong.noSubscription)
  if (ended(subscription)) throw new Error(say.wrong.over)
  return subscription
}

function end(pressed: Pressed, ends: boolean): string {
  const { shown, say } = pressed
  const subscription = running(pressed)
  shown.act.change(subscription.id, ending(subscription, ends, Math.floor(shown.time().getTime() / 1000)))
  return ends ? say.done.end : say.done.undo
}

function decide({ shown, form, say }: Pressed, how: 'won' | 'lost'): string {
  const { id, status } = a(shown, 'dispute', form.dispute, say.wrong.noDispute)
  if (status === 'won' || status === 'lost') throw new Error(say.wrong.decided[status as 'won' | 'lost'])
  shown.act.decide(id, how)
  return say.done[how]
}
