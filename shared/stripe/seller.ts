import type Stripe from 'stripe'
import * as z from 'zod'
import type { Purchase } from '../purchasing/purchase.ts'
import { asked, cannotWait, notPayableAtOnce } from './client.ts'
import type { Named } from './events.ts'
import { booksOf } from './invoices.ts'
import { paymentsOf, reversalOf } from './payments.ts'
import { purchaseOf, unseen } from './purchase.ts'
import { read } from './read.ts'
import { Invoice, Item, Subscription } from './shapes.ts'

/** Lines of one subscription that are read; the seller allows twenty at checkout. */
const MOST_ITEMS = 1000

/** What the seller knows and what it can be told to do to a subscription. Each call is Stripe's latest, never a copy. */
export class Seller {
  readonly #stripe: Stripe
  readonly #now: () => Date

  constructor(stripe: Stripe, now: () => Date) {
    this.#stripe = stripe
    this.#now = now
  }

  /**
   * A subscription as it is now, with what its invoices and the payments of its running period say.
   * @returns undefined when the seller has none of this id, null when it is not of ours
   * @throws Unreadable; Refusal `unavailable`
   */
  async purchase(id: string): Promise<Purchase | null | undefined> {
    const found = await asked(() => this.#stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] }))
    if (!found) return undefined
    const subscription = read(Subscription, found)
    const items = subscription.items.has_more ? await this.#items(id) : subscription.items.data
    const now = this.#now()
    const first = unseen({ subscription, items })
    const seen = purchaseOf(first, now)
    if (!seen || subscription.status === 'incomplete_expired') return seen
    const { invoices, paying } = await booksOf(this.#stripe, subscription)
    const reversal = await reversalOf(this.#stripe, subscription.customer, paying ?? [])
    return purchaseOf({ ...first, invoices, isPeriodKnown: paying !== null, reversal }, now)
  }

  /** Subscriptions that an event leads to when it does not name one (B2). Mostly one, sometimes none. */
  async subscriptionsOf({ customer, paymentIntent, charge }: Omit<Named, 'subscription'>): Promise<string[]> {
    if (customer) {
      const list = await asked(() => this.#stripe.subscriptions.list({ customer, status: 'all', limit: 100 }))
      return (list?.data ?? []).map(({ id }) => id)
    }
    const intent = paymentIntent ?? (charge ? await this.#intentOf(charge) : null)
    if (!intent) return []
    const payments = await paymentsOf(this.#stripe, { paymentIntent: intent })
    const ids = payments.map(({ invoice }) => invoice).filter((one) => typeof one === 'string')
    const invoices = await Promise.all(ids.map((id) => asked(() => this.#stripe.invoices.retrieve(id))))
    return invoices.flatMap((one) => {
      const about = one && read(Invoice, one).parent?.subscription_details?.subscription
      return about ? [about] : []
    })
  }

  /** Ends a subscription at once; repeated under the same key it happens once. */
  async cancelNow(id: string, idempotencyKey: string): Promise<void> {
    await asked(() => this.#stripe.subscriptions.cancel(id, { invoice_now: false, prorate: false }, { idempotencyKey }))
  }

  /** Ends it with the period that is paid for, or takes that back. */
  async cancelAtPeriodEnd(id: string, ends: boolean, idempotencyKey: string): Promise<void> {
    // Newer accounts report the end as `cancel_at`; telling it this way sets and clears both.
    await asked(() => this.#stripe.subscriptions.update(id, { cancel_at_period_end: ends }, { idempotencyKey }))
  }

  /**
   * More seats are paid at once and count when they are; fewer are credited to the next invoice.
   * @throws Refusal `payment_failed`, also when they could not be paid at once
   */
  async setQuantity(
    id: string,
    item: string,
    quantity: number,
    way: 'up' | 'down',
    idempotencyKey: string,
  ): Promise<void> {
    const items = [{ id: item, quantity }]
    if (way === 'up') return this.#raise(id, items, idempotencyKey)
    const change = { items, proration_behavior: 'create_prorations' as const }
    await asked(() => this.#stripe.subscriptions.update(id, change, { idempotencyKey }))
  }

  /** Seats never count before their money: where the seller cannot keep them waiting for it, they are refused. */
  async #raise(id: string, items: { id: string; quantity: number }[], idempotencyKey: string): Promise<void> {
    const found = await asked(() => this.#stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] }))
    // What is said of payment below is for charges only: without this, an invoice would be sent and the seats be there.
    if (found && read(Subscription, found).collection_method === 'send_invoice') throw notPayableAtOnce()
    const change = {
      items,
      proration_behavior: 'always_invoice' as const,
      payment_behavior: 'pending_if_incomplete' as const,
    }
    await asked(() => this.#stripe.subscriptions.update(id, change, { idempotencyKey })).catch((error) => {
      throw cannotWait(error) ? notPayableAtOnce(error) : error
    })
  }

  async #items(subscription: string): Promise<Item[]> {
    const list = this.#stripe.subscriptionItems.list({ subscription, limit: 100 })
    return read(z.array(Item), await asked(() => list.autoPagingToArray({ limit: MOST_ITEMS })))
  }

  async #intentOf(charge: string): Promise<string | null> {
    const found = await asked(() => this.#stripe.charges.retrieve(charge))
    const intent = found?.payment_intent ?? null
    return typeof intent === 'string' ? intent : (intent?.id ?? null)
  }
}
