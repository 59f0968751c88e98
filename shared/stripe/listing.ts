import type Stripe from 'stripe'
import * as z from 'zod'
import type { Purchase } from '../purchasing/purchase.ts'
import { asked } from './client.ts'
import { owedOfAll } from './invoices.ts'
import { purchaseOf, Unreadable, unseen } from './purchase.ts'
import { read } from './read.ts'
import { Dispute, type Invoice, Refund, Subscription } from './shapes.ts'

/** One page of a walk over everything at the seller. */
export interface Listed {
  items: ListedPurchase[]
  next: string | null
}

/** A listed subscription: in our words, or only its id when its words make no sense to us or need a closer look. */
export interface ListedPurchase {
  id: string
  /** `not_ours`: none of its lines is. It may have been. */
  purchase: Purchase | null | 'not_ours'
}

/** Money that went back; no subscription shows it. */
export interface MoneyBack {
  id: string
  /** What became of it so far: a bank may take days. */
  status: string | null
  paymentIntent: string | null
  charge: string | null
}

/** What the nightly walk reads. It compares and wakes, and never applies what a list said (B1). */
export class Listing {
  readonly #stripe: Stripe
  readonly #now: () => Date
  /** Invoices that are owed, of whatever age, by subscription; as they were when the first page was asked for. */
  #owed = new Map<string, Invoice[]>()

  constructor(stripe: Stripe, now: () => Date) {
    this.#stripe = stripe
    this.#now = now
  }

  /** A page of all subscriptions, the newest first, ended ones too, without what only a closer look would tell. */
  async purchases(after: string | null): Promise<Listed> {
    if (after === null) this.#owed = await owedOfAll(this.#stripe)
    const list = await asked(() =>
      this.#stripe.subscriptions.list({
        status: 'all',
        limit: 100,
        expand: ['data.latest_invoice'],
        ...(after === null ? {} : { starting_after: after }),
      }),
    )
    const items = (list?.data ?? []).map((one) => ours(one, this.#owed.get(one.id) ?? [], this.#now()))
    return { items, next: list?.has_more ? (list.data.at(-1)?.id ?? null) : null }
  }

  /** Refunds made, and disputes that were lost, since these instants (a dispute is decided months after it began). */
  async moneyBack(refundsSince: Date, disputesSince: Date): Promise<MoneyBack[]> {
    const [refunds, disputes] = await Promise.all([
      asked(() => this.#stripe.refunds.list(from(refundsSince)).autoPagingToArray({ limit: MOST })),
      asked(() => this.#stripe.disputes.list(from(disputesSince)).autoPagingToArray({ limit: MOST })),
    ])
    const lost = read(z.array(Dispute), disputes ?? []).filter(({ status }) => status === 'lost')
    return [...read(z.array(Refund), refunds ?? []), ...lost].map(({ id, status, payment_intent, charge }) => ({
      id,
      status,
      paymentIntent: payment_intent ?? null,
      charge: charge ?? null,
    }))
  }
}

const from = (date: Date) => ({ created: { gte: Math.floor(date.getTime() / 1000) }, limit: 100 })

/** The package's own limit of one automatic listing. */
const MOST = 10_000

function ours(listed: { id: string }, invoices: Invoice[], now: Date): ListedPurchase {
  try {
    const subscription = read(Subscription, listed)
    const { data, has_more } = subscription.items
    if (has_more) return { id: listed.id, purchase: null }
    const purchase = purchaseOf({ ...unseen({ subscription, items: data }), invoices }, now)
    return { id: listed.id, purchase: purchase ?? 'not_ours' }
  } catch (error) {
    if (error instanceof Unreadable) return { id: listed.id, purchase: null }
    throw error
  }
}
