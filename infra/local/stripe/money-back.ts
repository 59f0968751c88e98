import type { Events } from './events.ts'
import type { Store, Thing } from './store.ts'

/** What happens to money after it was paid: refunds, disputes, warnings. Times are seconds. */
export class MoneyBack {
  readonly #store: Store
  readonly #events: Events

  constructor(store: Store, events: Events) {
    this.#store = store
    this.#events = events
  }

  /** Gives money back for the payment of an invoice. @throws Error when there is not so much */
  refund(invoice: string, at: number, amount: number | undefined, status: string): Thing {
    const charge = this.#chargeOf(invoice)
    const rest = charge.amount - charge.amount_refunded
    const back = amount ?? rest
    if (!charge.paid || back < 1 || back > rest) throw new Error(`${rest} of the payment can be given back`)
    const refund = this.#store.put({
      id: this.#store.newId('re'),
      object: 'refund',
      amount: back,
      ...this.#about(charge),
      status: status === 'failed' ? 'pending' : status,
      created: at,
      metadata: {},
      reason: null,
    })
    this.#giveBack(charge, back)
    this.#events.make('refund.created', refund, at)
    this.#events.make('charge.refunded', charge, at)
    if (status === 'failed') this.settleRefund(refund, at, 'failed')
    return refund
  }

  /** The bank has answered about a refund that was pending. */
  settleRefund(refund: Thing, at: number, status: 'succeeded' | 'failed'): void {
    if (refund.status !== 'pending') throw new Error(`the refund is ${refund.status}`)
    refund.status = status
    if (status === 'failed') {
      this.#giveBack(this.#store.must(refund.charge), -refund.amount)
      this.#events.make('refund.failed', refund, at)
    }
    this.#events.make('refund.updated', refund, at)
  }

  /** The payer's bank asks for the money back. */
  dispute(invoice: string, at: number): Thing {
    const charge = this.#chargeOf(invoice)
    charge.disputed = true
    this.#store.touched(charge)
    const dispute = this.#store.put({
      id: this.#store.newId('du'),
      object: 'dispute',
      livemode: false,
      amount: charge.amount,
      ...this.#about(charge),
      status: 'needs_response',
      created: at,
      metadata: {},
      reason: 'fraudulent',
    })
    this.#events.make('charge.dispute.created', dispute, at)
    this.#events.make('charge.dispute.funds_withdrawn', dispute, at)
    return dispute
  }

  /** The payer's bank has decided. Nobody wins without having answered. */
  decide(dispute: Thing, at: number, status: 'won' | 'lost'): void {
    if (status === 'won') {
      dispute.status = 'under_review'
      this.#events.make('charge.dispute.updated', dispute, at)
    }
    dispute.status = status
    this.#events.make('charge.dispute.closed', dispute, at)
    if (status === 'won') this.#events.make('charge.dispute.funds_reinstated', dispute, at)
  }

  /** The payer's bank suspects something. */
  fraudWarning(invoice: string, at: number): Thing {
    const warning = this.#store.put({
      id: this.#store.newId('issfr'),
      object: 'radar.early_fraud_warning',
      livemode: false,
      ...this.#about(this.#chargeOf(invoice)),
      fraud_type: 'misc',
      created: at,
      actionable: true,
    })
    this.#events.make('radar.early_fraud_warning.created', warning, at)
    return warning
  }

  #about = ({ id, payment_intent, currency }: Thing) => ({ charge: id, payment_intent, currency })

  #giveBack(charge: Thing, amount: number): void {
    charge.amount_refunded += amount
    charge.refunded = charge.amount_refunded >= charge.amount
    this.#store.touched(charge)
  }

  #chargeOf(invoice: string): Thing {
    const intent = this.#store.get(String(this.#store.hiddenOf(invoice).intent))
    if (!intent?.latest_charge) throw new Error('nobody has paid for the invoice')
    return this.#store.must(intent.latest_charge)
  }
}
