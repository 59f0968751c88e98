import type { Events } from './events.ts'
import type { Store, Thing } from './store.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Till } from './till.ts'

/** What happens to money at the seller: paid, given back, disputed. */
export class Bank {
  protected readonly store: Store
  protected readonly events: Events
  protected readonly till: Till
  protected readonly subscriptions: Subscriptions
  protected readonly now: () => Date

  constructor(store: Store, events: Events, till: Till, subscriptions: Subscriptions, now: () => Date) {
    this.store = store
    this.events = events
    this.till = till
    this.subscriptions = subscriptions
    this.now = now
  }

  /** Now, in seconds. */
  protected get at(): number {
    return Math.floor(this.now().getTime() / 1000)
  }

  /** The customer pays what is open, as on the invoice's page. */
  payOpen(subscription: string): void {
    for (const invoice of this.store.invoicesOf(subscription))
      if (invoice.status === 'open') this.charge(invoice, this.at)
  }

  /** Takes the money for an invoice, with what follows. */
  charge(invoice: Thing, at: number): void {
    if (this.till.charge(invoice, at)) this.subscriptions.paid(invoice, at)
    else if (!this.till.cardOf(invoice.customer).startsWith('sepa')) this.subscriptions.refused(invoice, at)
  }

  /** The bank has answered about a delayed payment. */
  settle(invoice: Thing, at: number): void {
    const good = this.till.settle(invoice, at)
    const { session } = this.store.hiddenOf(invoice.id) as { session?: string }
    if (session) {
      const page = this.store.must(session)
      if (good) page.payment_status = 'paid'
      this.events.make(`checkout.session.async_payment_${good ? 'succeeded' : 'failed'}`, page, at)
    }
    if (good) this.subscriptions.paid(invoice, at)
    else this.subscriptions.refused(invoice, at)
  }

  /** Gives money back for the payment of an invoice; all of it without an amount. */
  refund(invoice: string, { amount, status = 'succeeded' }: { amount?: number; status?: string } = {}): Thing {
    const charge = this.#chargeOf(invoice)
    const at = this.at
    const back = amount ?? charge.amount - charge.amount_refunded
    const refund = this.store.put({
      id: this.store.newId('re'),
      object: 'refund',
      amount: back,
      charge: charge.id,
      payment_intent: charge.payment_intent,
      status,
      created: at,
      currency: charge.currency,
      metadata: {},
      reason: null,
    })
    if (status !== 'failed') charge.amount_refunded += back
    charge.refunded = charge.amount_refunded >= charge.amount
    this.events.make('refund.created', refund, at)
    this.events.make('charge.refunded', charge, at)
    return refund
  }

  /** The payer's bank asks for the money back. */
  dispute(invoice: string): Thing {
    const charge = this.#chargeOf(invoice)
    charge.disputed = true
    const dispute = this.store.put({
      id: this.store.newId('du'),
      object: 'dispute',
      livemode: false,
      amount: charge.amount,
      charge: charge.id,
      payment_intent: charge.payment_intent,
      status: 'needs_response',
      created: this.at,
      currency: charge.currency,
      metadata: {},
      reason: 'fraudulent',
    })
    this.events.make('charge.dispute.created', dispute, this.at)
    this.events.make('charge.dispute.funds_withdrawn', dispute, this.at)
    return dispute
  }

  decide(dispute: string, status: 'won' | 'lost'): void {
    const thing = this.store.must(dispute)
    thing.status = status
    this.events.make('charge.dispute.closed', thing, this.at)
    if (status === 'won') this.events.make('charge.dispute.funds_reinstated', thing, this.at)
  }

  fraudWarning(invoice: string): void {
    const charge = this.#chargeOf(invoice)
    const warning = this.store.put({
      id: this.store.newId('issfr'),
      object: 'radar.early_fraud_warning',
      livemode: false,
      charge: charge.id,
      payment_intent: charge.payment_intent,
      fraud_type: 'misc',
      created: this.at,
      actionable: true,
    })
    this.events.make('radar.early_fraud_warning.created', warning, this.at)
  }

  close(invoice: string, status: 'void' | 'uncollectible'): void {
    this.till.close(this.store.must(invoice), status, this.at)
  }

  #chargeOf(invoice: string): Thing {
    const intent = this.store.must(String(this.store.hiddenOf(invoice).intent))
    return this.store.must(intent.latest_charge)
  }

  /** Gives back all that was paid for the running period of a subscription. */
  refundPeriod(subscription: string): Thing {
    const ofThePeriod = ['subscription_create', 'subscription_cycle']
    const invoice = this.store
      .invoicesOf(subscription)
      .findLast(({ billing_reason }) => ofThePeriod.includes(billing_reason))
    return this.refund(String(invoice?.id))
  }
}
