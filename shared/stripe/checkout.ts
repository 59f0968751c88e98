import type Stripe from 'stripe'
import { CURRENCY, lookupKeyOf, MOST_SEATS_AT_CHECKOUT } from '../purchasing/prices.ts'
import type { Interval } from '../purchasing/purchase.ts'
import { asked } from './client.ts'
import { read } from './read.ts'
import { Session } from './shapes.ts'

/** What a buyer goes to the seller's page with. */
export interface Order {
  /** Our intent: the only thing of ours that the seller is told. */
  intent: string
  quantity: number
  interval: Interval
  language: 'en' | 'fr'
  /** Who will own it, in words for the page. */
  note: string
  /** Where the buyer comes back to, paid or not. */
  paid: string
  left: string
  expiresAt: Date
}

/** How long a new price may take to be sold everywhere. */
const PRICE_MS = 60_000

/** The seller's page for buying. Company, address and tax are its questions, not ours. */
export class Checkout {
  readonly #stripe: Stripe
  readonly #now: () => Date
  readonly #prices = new Map<Interval, { id: string; until: number }>()

  constructor(stripe: Stripe, now: () => Date) {
    this.#stripe = stripe
    this.#now = now
  }

  /**
   * Opens a page for an order; the same page for the same intent, for a day.
   * @throws Refusal `unavailable`; `idempotency_mismatch` for the same intent with another order
   */
  async open(order: Order): Promise<Session> {
    const { intent, quantity, interval, language, note, paid, left, expiresAt } = order
    const price = await this.#price(interval)
    const session = await asked(() =>
      this.#stripe.checkout.sessions.create(
        {
          mode: 'subscription',
          line_items: [
            {
              price,
              quantity,
              adjustable_quantity: { enabled: true, minimum: 1, maximum: MOST_SEATS_AT_CHECKOUT },
            },
          ],
          success_url: paid,
          cancel_url: left,
          expires_at: Math.floor(expiresAt.getTime() / 1000),
          locale: language,
          billing_address_collection: 'required',
          automatic_tax: { enabled: true },
          tax_id_collection: { enabled: true },
          custom_text: { submit: { message: note } },
          // A session's metadata does not reach its subscription: it is said in both places (C12).
          metadata: { intent },
          subscription_data: { metadata: { intent } },
        },
        { idempotencyKey: intent },
      ),
    )
    return read(Session, session)
  }

  /** A page that was opened, as it is now; undefined when the seller has none of this id. */
  async session(id: string): Promise<Session | undefined> {
    const session = await asked(() => this.#stripe.checkout.sessions.retrieve(id))
    return session && read(Session, session)
  }

  async #price(interval: Interval): Promise<string> {
    const known = this.#prices.get(interval)
    const now = this.#now().getTime()
    if (known && now < known.until) return known.id
    const lookupKey = lookupKeyOf(interval)
    const list = await asked(() => this.#stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 }))
    const [price] = list?.data ?? []
    if (price?.currency !== CURRENCY) throw new Error(`the seller has no price ${lookupKey} in ${CURRENCY}`)
    this.#prices.set(interval, { id: price.id, until: now + PRICE_MS })
    return price.id
  }
}
