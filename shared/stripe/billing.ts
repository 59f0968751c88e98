import type Stripe from 'stripe'
import * as z from 'zod'
import { asked } from './client.ts'
import { read } from './read.ts'
import { Invoice } from './shapes.ts'

/** What a change of the quantity would cost, in the smallest unit of the currency, tax included. */
export interface Preview {
  currency: string
  /** Of the next invoice, with what is charged or credited for the rest of the running period. */
  total: number
  /** Of that, what the change itself brings; negative is a credit. */
  change: number
}

/** Invoices, prices of changes, and links to the seller's own pages. Links are fetched when asked for and never kept. */
export class Billing {
  readonly #stripe: Stripe
  #configuration: string | undefined

  constructor(stripe: Stripe) {
    this.#stripe = stripe
  }

  /** What this quantity would cost from now on. @throws Refusal `unavailable` */
  async preview(subscription: string, item: string, quantity: number, way: 'up' | 'down'): Promise<Preview> {
    const invoice = await asked(() =>
      this.#stripe.invoices.createPreview({
        subscription,
        subscription_details: {
          items: [{ id: item, quantity }],
          proration_behavior: way === 'up' ? 'always_invoice' : 'create_prorations',
        },
      }),
    )
    const { currency, total, lines } = read(PreviewShape, invoice)
    const prorated = lines.data.filter((line) => line.parent?.subscription_item_details?.proration ?? false)
    return { currency, total, change: prorated.reduce((sum, { amount }) => sum + amount, 0) }
  }

  /** Whether an invoice is one of this subscription; of one that there is not, it is not. */
  async isInvoiceOf(subscription: string, invoice: string): Promise<boolean> {
    const found = await asked(() => this.#stripe.invoices.retrieve(invoice))
    return Boolean(found) && read(Invoice, found).parent?.subscription_details?.subscription === subscription
  }

  /** One page of the invoices, newest first. */
  async invoices(
    subscription: string,
    limit: number,
    after: string | null,
  ): Promise<{ items: Invoice[]; next: string | null }> {
    const list = await asked(() =>
      this.#stripe.invoices.list({ subscription, limit, ...(after === null ? {} : { starting_after: after }) }),
    )
    const items = read(z.array(Invoice), list?.data ?? [])
    return { items, next: list?.has_more ? (items.at(-1)?.id ?? null) : null }
  }

  /** A link for the owner to the seller's page of this one customer: payment method, address, tax id, cancelling (F14). */
  async portal(
    customer: string,
    back: string,
    what: 'payment_method' | 'billing',
    language: 'en' | 'fr',
  ): Promise<string> {
    const configuration = await this.#portalConfiguration()
    const flow = what === 'payment_method' ? { flow_data: { type: 'payment_method_update' as const } } : {}
    const session = await asked(() =>
      this.#stripe.billingPortal.sessions.create({
        customer,
        return_url: back,
        configuration,
        locale: language,
        ...flow,
      }),
    )
    return read(z.looseObject({ url: z.url({ protocol: /^https?$/ }) }), session).url
  }

  /** Ours is known by its mark; whoever comes first makes it. The seller's default would let seats be changed there. */
  async #portalConfiguration(): Promise<string> {
    if (this.#configuration) return this.#configuration
    const list = await asked(() => this.#stripe.billingPortal.configurations.list({ active: true, limit: 100 }))
    const known = list?.data.find(({ metadata }) => metadata?.securemailmerge === PORTAL_VERSION)
    const { id } = known ?? (await this.#makeConfiguration())
    this.#configuration = id
    return id
  }

  async #makeConfiguration(): Promise<{ id: string }> {
    const made = await asked(() =>
      this.#stripe.billingPortal.configurations.create(
        {
          features: {
            customer_update: { enabled: true, allowed_updates: ['address', 'email', 'name', 'tax_id'] },
            invoice_history: { enabled: true },
            payment_method_update: { enabled: true },
            subscription_cancel: { enabled: true, mode: 'at_period_end' },
            subscription_update: { enabled: false },
          },
          metadata: { securemailmerge: PORTAL_VERSION },
        },
        { idempotencyKey: `portal-configuration-${PORTAL_VERSION}` },
      ),
    )
    return read(z.looseObject({ id: z.string() }), made)
  }
}

/** To be raised with each change of the features above. */
const PORTAL_VERSION = '1'

const PreviewShape = z.looseObject({
  currency: z.string(),
  total: z.int(),
  lines: z.looseObject({
    data: z.array(
      z.looseObject({
        amount: z.int(),
        parent: z
          .looseObject({ subscription_item_details: z.looseObject({ proration: z.boolean().nullish() }).nullish() })
          .nullish(),
      }),
    ),
  }),
})
