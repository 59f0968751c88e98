import type { Events } from './events.ts'
import { totalOf } from './lines.ts'
import { Payments } from './payments.ts'
import type { Store, Thing } from './store.ts'

/** How a customer's payment method behaves. */
export type Card = 'good' | 'declines' | 'sepa' | 'sepa_fails'

/** What came of asking for money; `processing`: the bank answers later. */
export type Outcome = 'paid' | 'refused' | 'processing'

/** When a payment that was refused is tried again, in days after the try before. */
const RETRY_DAYS = [3, 5, 7]
const SEPA_DAYS = 5
const DRAFT_SECONDS = 3600
const day = 86_400

/** Invoices and what is paid for them. Times are seconds. */
export class Till {
  readonly #store: Store
  readonly #events: Events
  readonly payments: Payments
  /** What a subscription becomes when the last try has failed. */
  afterLastTry: 'canceled' | 'unpaid' | 'past_due' = 'canceled'
  /** What a trial becomes that ends without a payment method. */
  afterTrialWithoutCard: 'canceled' | 'paused' = 'canceled'

  constructor(store: Store, events: Events) {
    this.#store = store
    this.#events = events
    this.payments = new Payments(store, events)
  }

  cardOf = (customer: string): Card | 'none' => (this.#store.hiddenOf(customer).card as Card | 'none') ?? 'good'

  /** An invoice of these lines. What it is worth less than nothing stays with the customer for the next one. */
  bill(subscription: Thing, reason: string, at: number, lines: Thing[]): Thing {
    const total = totalOf(lines)
    const customer = this.#store.must(subscription.customer)
    const due = total + customer.balance
    const invoice = this.#store.put({
      id: this.#store.newId('in'),
      object: 'invoice',
      livemode: false,
      customer: customer.id,
      status: 'draft',
      auto_advance: true,
      billing_reason: reason,
      collection_method: subscription.collection_method,
      created: at,
      currency: subscription.currency,
      number: null,
      due_date: null,
      subtotal: total,
      total,
      starting_balance: customer.balance,
      ending_balance: Math.min(0, due),
      amount_due: Math.max(0, due),
      amount_paid: 0,
      amount_remaining: Math.max(0, due),
      attempt_count: 0,
      next_payment_attempt: null,
      status_transitions: { finalized_at: null, paid_at: null, voided_at: null, marked_uncollectible_at: null },
      hosted_invoice_url: null,
      invoice_pdf: null,
      parent: {
        type: 'subscription_details',
        subscription_details: { subscription: subscription.id, metadata: subscription.metadata },
      },
      period_start: at,
      period_end: at,
      lines: { object: 'list', data: lines, has_more: false },
    })
    if (customer.balance !== invoice.ending_balance) {
      customer.balance = invoice.ending_balance
      this.#store.touched(customer)
    }
    this.#events.make('invoice.created', invoice, at)
    return invoice
  }

  /** From now on it can be paid; one that owes nothing is. */
  finalise(invoice: Thing, at: number, daysUntilDue: number | null = null): void {
    const { invoices = 0 } = this.#store.hiddenOf('numbers') as { invoices?: number }
    this.#store.note('numbers', { invoices: invoices + 1 })
    const page = `https://invoice.example/${invoice.id}`
    Object.assign(invoice, {
      status: 'open',
      number: `SMM-${String(invoices + 1).padStart(6, '0')}`,
      due_date: daysUntilDue === null ? null : at + daysUntilDue * day,
      hosted_invoice_url: page,
      invoice_pdf: `${page}.pdf`,
    })
    invoice.status_transitions.finalized_at = at
    this.#events.make('invoice.finalized', invoice, at)
    if (invoice.amount_remaining === 0) this.#paid(invoice, at)
  }

  /** Tries to take the money. Only tries by the clock, and the first one, count for the next. */
  charge(invoice: Thing, at: number, by: 'clock' | 'hand'): Outcome {
    if (invoice.status !== 'open') return invoice.status === 'paid' ? 'paid' : 'refused'
    if (this.isProcessing(invoice)) return 'processing'
    const counts = by === 'clock' || invoice.attempt_count === 0
    if (counts) Object.assign(invoice, { attempt_count: invoice.attempt_count + 1, next_payment_attempt: null })
    const card = this.cardOf(invoice.customer)
    if (card === 'good') return this.#succeeds(invoice, at)
    if (card === 'declines' || card === 'none') return this.#fails(invoice, at, counts)
    this.#store.note(invoice.id, { settles: at + SEPA_DAYS * day, bounces: card === 'sepa_fails' })
    invoice.next_payment_attempt = null
    this.payments.process(invoice, at)
    return 'processing'
  }

  /** The bank has answered about a delayed payment. */
  settle(invoice: Thing, at: number): Outcome {
    const { bounces } = this.#store.hiddenOf(invoice.id)
    this.#store.note(invoice.id, { settles: undefined, bounces: undefined })
    return bounces ? this.#fails(invoice, at, true) : this.#succeeds(invoice, at)
  }

  isProcessing = ({ id }: Thing): boolean => this.#store.hiddenOf(id).settles !== undefined

  /** Ends an invoice without money. @throws Error when it is too late for that */
  close(invoice: Thing, status: 'void' | 'uncollectible', at: number): void {
    if (!['draft', 'open', 'uncollectible'].includes(invoice.status))
      throw new Error(`the invoice is ${invoice.status}`)
    if (this.isProcessing(invoice)) throw new Error('a payment of the invoice is under way')
    Object.assign(invoice, { status, next_payment_attempt: null })
    invoice.status_transitions[status === 'void' ? 'voided_at' : 'marked_uncollectible_at'] = at
    if (status === 'void') {
      invoice.amount_remaining = 0
      this.payments.cancel(invoice, at)
    }
    this.#events.make(status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', invoice, at)
  }

  /** Nobody asks for this money by himself any more. */
  rest(invoice: Thing): void {
    Object.assign(invoice, { auto_advance: false, next_payment_attempt: null })
    this.#store.touched(invoice)
  }

  /** When somebody has to look at this invoice; undefined when never. */
  dueOf(invoice: Thing): number | undefined {
    const { settles, overdue } = this.#store.hiddenOf(invoice.id) as { settles?: number; overdue?: boolean }
    if (settles !== undefined) return settles
    if (!invoice.auto_advance) return undefined
    if (invoice.status === 'draft') return invoice.created + DRAFT_SECONDS
    if (invoice.status !== 'open') return undefined
    if (invoice.due_date && !overdue) return invoice.due_date
    return invoice.next_payment_attempt ?? undefined
  }

  #succeeds(invoice: Thing, at: number): Outcome {
    this.payments.succeed(invoice, at)
    this.#paid(invoice, at)
    return 'paid'
  }

  #fails(invoice: Thing, at: number, counts: boolean): Outcome {
    this.payments.fail(this.payments.intentOf(invoice, at), at, this.cardOf(invoice.customer) !== 'none')
    const days = isRetried(invoice) ? RETRY_DAYS[invoice.attempt_count - 1] : undefined
    if (counts) invoice.next_payment_attempt = days === undefined ? null : at + days * day
    this.#events.make('invoice.payment_failed', invoice, at)
    return 'refused'
  }

  #paid(invoice: Thing, at: number): void {
    Object.assign(invoice, {
      status: 'paid',
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      next_payment_attempt: null,
    })
    invoice.status_transitions.paid_at = at
    this.#events.make('invoice.paid', invoice, at)
  }
}

/** Whether it is tried again by the clock. A first payment, and one for more seats, is for the buyer to try again. */
export const isRetried = ({ auto_advance, billing_reason, collection_method }: Thing): boolean =>
  auto_advance && billing_reason === 'subscription_cycle' && collection_method === 'charge_automatically'
