import { moneyOf, moneyTable } from '@securemailmerge/shared/stripe/money'
import { read } from '@securemailmerge/shared/stripe/read'
import { Invoice, Subscription } from '@securemailmerge/shared/stripe/shapes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { later, noon, second } from '../../builders.ts'
import {
  type AnInvoice,
  type ASubscription,
  anInvoice,
  anOpenInvoice,
  aStripeSubscription,
  seconds,
} from '../../stripe-objects.ts'

/** What is said of a subscription, with invoices beside its latest. */
const moneyIn = (some: Partial<ASubscription>, invoices: AnInvoice[] = [], now = noon) =>
  moneyOf(
    read(Subscription, aStripeSubscription(some)),
    invoices.map((one) => read(Invoice, one)),
    now,
  )

const finalised = seconds('2026-03-01T01:00:00Z')
const dueTomorrow = { collection_method: 'send_invoice', due_date: seconds('2026-03-02T12:00:00Z') } as const
const dueYesterday = { collection_method: 'send_invoice', due_date: seconds('2026-02-28T12:00:00Z') } as const
const first = { billing_reason: 'subscription_create' } as const
const raised = { billing_reason: 'subscription_update' } as const
const over = (reason: string) => ({
  ended_at: seconds(noon),
  cancellation_details: { comment: null, feedback: null, reason },
})

type Row = [status: string, invoice: string, latest: AnInvoice | null, state: string, since: number | null]
/** By the words of the table, with the latest invoice that shows them. */
const rows: (Row | [...Row, Partial<ASubscription>])[] = [
  ['trialing', 'any', null, 'trialing', null],
  ['trialing', 'any', anInvoice({ ...first, amount_due: 0, amount_paid: 0, total: 0 }), 'trialing', null],
  ['trialing', 'any', anOpenInvoice(), 'trialing', null],
  ['active', 'nothing owed', anInvoice(), 'active', null],
  ['active', 'nothing owed', null, 'active', null],
  ['active', 'nothing owed', anInvoice({ status: 'draft', amount_paid: 0, amount_remaining: 3600 }), 'active', null],
  ['active', 'nothing owed', anInvoice({ status: 'void', amount_paid: 0, amount_remaining: 3600 }), 'active', null],
  ['active', 'nothing owed', anOpenInvoice({ amount_remaining: 0 }), 'active', null],
  ['active', 'nothing owed', anOpenInvoice({ ...first, amount_remaining: -100 }), 'active', null],
  ['active', 'open, due later by agreement', anOpenInvoice(dueTomorrow), 'active', null],
  ['active', 'open, due later by agreement', anOpenInvoice({ ...first, ...dueTomorrow }), 'active', null],
  ['active', 'first one, owed', anOpenInvoice(first), 'payment_pending', null],
  [
    'active',
    'first one, owed',
    anOpenInvoice({ ...first, amount_paid: 3599, amount_remaining: 1 }),
    'payment_pending',
    null,
  ],
  ['active', 'first one, owed', anOpenInvoice({ ...first, ...dueYesterday }), 'payment_pending', null],
  ['active', 'first one, owed', anOpenInvoice({ ...first, status: 'uncollectible' }), 'payment_pending', null],
  ['active', 'later one, owed', anOpenInvoice(), 'past_due', finalised],
  ['active', 'later one, owed', anOpenInvoice(raised), 'past_due', finalised],
  ['active', 'later one, owed', anOpenInvoice({ billing_reason: 'manual' }), 'past_due', finalised],
  ['active', 'later one, owed', anOpenInvoice({ billing_reason: null }), 'past_due', finalised],
  ['active', 'later one, owed', anOpenInvoice(dueYesterday), 'past_due', dueYesterday.due_date],
  [
    'active',
    'later one, owed',
    anOpenInvoice({ ...dueTomorrow, status: 'uncollectible' }),
    'past_due',
    dueTomorrow.due_date,
  ],
  ['past_due', 'first one, owed', anOpenInvoice(first), 'payment_pending', null],
  ['past_due', 'first one, owed', anOpenInvoice({ ...first, ...dueYesterday }), 'payment_pending', null],
  ['past_due', 'any other', anOpenInvoice(), 'past_due', finalised],
  ['past_due', 'any other', anOpenInvoice(dueTomorrow), 'past_due', dueTomorrow.due_date],
  ['past_due', 'any other', anInvoice({ status: 'draft' }), 'past_due', finalised],
  ['past_due', 'any other', null, 'past_due', seconds('2026-02-01T00:00:00Z')],
  ['incomplete', 'any', anOpenInvoice(first), 'payment_pending', null],
  ['incomplete', 'any', null, 'payment_pending', null],
  ['incomplete_expired', 'any', anInvoice({ ...first, status: 'void' }), 'ended_unpaid', null],
  ['unpaid', 'any', anOpenInvoice(), 'ended_unpaid', null],
  ['unpaid', 'any', anInvoice({ status: 'draft' }), 'ended_unpaid', null],
  ['canceled', 'given up for want of payment', anOpenInvoice(), 'ended_unpaid', null, over('payment_failed')],
  ['canceled', 'any other', anInvoice(), 'ended', null, over('cancellation_requested')],
  ['canceled', 'any other', anOpenInvoice(), 'ended', null, over('cancellation_requested')],
  ['canceled', 'any other', anInvoice(), 'ended', null, over('payment_disputed')],
  ['canceled', 'any other', anInvoice(), 'ended', null, { cancellation_details: null }],
  ['paused', 'any', anInvoice(), 'paused', null],
  ['paused', 'any', null, 'paused', null],
]

const rowOf = (status: string, invoice: string) => {
  const found = moneyTable.filter((row) => row.status === status && row.invoice === invoice)
  expect(found.length, `${status}, ${invoice}`).toBe(1)
  return found[0]!
}

describe('the table of money', () => {
  it.each(rows)('%s, %s: %o → %s', (status, invoice, latest, state, pastDueSince, some = {}) => {
    const row = rowOf(status, invoice)
    expect(row.state).toBe(state)
    expect(moneyIn({ status, latest_invoice: latest, ...some })).toEqual({ state, why: row.why, pastDueSince })
  })

  it('has an example here for each of its rows', () => {
    const shown = new Set(rows.map(([status, invoice]) => `${status}, ${invoice}`))
    expect([...shown].sort()).toEqual(moneyTable.map(({ status, invoice }) => `${status}, ${invoice}`).sort())
  })

  it('decides for each status of the seller, whatever the invoice', () => {
    const statuses = [...new Set(moneyTable.map(({ status }) => status))]
    const invoices = fc
      .record({
        status: fc.constantFrom('draft', 'open', 'paid', 'uncollectible', 'void', 'of_the_future', null),
        amount_remaining: fc.integer({ min: -1, max: 1 }),
        billing_reason: fc.constantFrom('subscription_create', 'subscription_cycle', 'manual', 'of_the_future', null),
        collection_method: fc.constantFrom('send_invoice' as const, 'charge_automatically' as const),
        due_date: fc.constantFrom(null, seconds(later(-second)), seconds(later(second))),
      })
      .map((some) => anInvoice(some))
    const latest = fc.option(invoices)
    fc.assert(
      fc.property(fc.constantFrom(...statuses), latest, fc.array(invoices), (status, latest_invoice, others) => {
        const { state, pastDueSince } = moneyIn({ status, latest_invoice }, others)
        expect(moneyTable.filter((row) => row.status === status).map((row) => row.state)).toContain(state)
        expect(pastDueSince === null).toBe(state !== 'past_due')
      }),
      { numRuns: 300 },
    )
  })

  it.each(['of_the_future', '', 'ACTIVE', 'active ', 'constructor'])('knows no status %j', (status) => {
    for (const latest_invoice of [null, anInvoice(), anOpenInvoice()]) {
      const seen = moneyIn({ status, latest_invoice })
      expect(seen).toEqual({ state: 'unknown', why: 'the seller says something new', pastDueSince: null })
    }
  })
})

describe('an agreed invoice', () => {
  const due = '2026-03-15T09:00:00.000Z'
  const agreed = { collection_method: 'send_invoice', due_date: seconds(due) } as const

  it.each([
    ['a renewal', anOpenInvoice(agreed), 'past_due'],
    ['the first one', anOpenInvoice({ ...first, ...agreed }), 'payment_pending'],
  ])('%s counts as paid strictly before it is due', (_, latest_invoice, then) => {
    expect(moneyIn({ latest_invoice }, [], later(-1, due)).state).toBe('active')
    expect(moneyIn({ latest_invoice }, [], later(0, due)).state).toBe(then)
    expect(moneyIn({ latest_invoice }, [], later(1, due)).state).toBe(then)
  })

  it('is one that is sent: a date on one that is charged by itself agrees nothing', () => {
    const latest_invoice = anOpenInvoice({ ...first, due_date: agreed.due_date })
    expect(moneyIn({ latest_invoice }).state).toBe('payment_pending')
  })

  it('without a date is due at once', () => {
    const latest_invoice = anOpenInvoice({ ...first, collection_method: 'send_invoice', due_date: null })
    expect(moneyIn({ latest_invoice }).state).toBe('payment_pending')
  })
})

const debit = anOpenInvoice({ ...first, id: 'in_first' })
const renewal = (some: Partial<AnInvoice> = {}) => anOpenInvoice({ id: 'in_renewal', ...some })

describe('a first payment that is not there', () => {
  it.each([
    ['a paid invoice for more seats', anInvoice(raised)],
    ['an open invoice for more seats', anOpenInvoice(raised)],
    ['an agreed invoice for more seats', anOpenInvoice({ ...raised, ...dueTomorrow })],
    ['a voided invoice for more seats', anInvoice({ ...raised, status: 'void' })],
    ['a renewal that is paid', anInvoice()],
    ['a renewal that a credit has paid', anInvoice({ amount_due: 0, amount_paid: 0, starting_balance: -9000 })],
    ['a renewal that is owed, too', anOpenInvoice()],
  ])('stays what is waited for, whatever comes after it: %s', (_, latest_invoice) => {
    for (const status of ['active', 'past_due']) {
      for (const given of [debit, { ...debit, status: 'uncollectible' as const }]) {
        expect(moneyIn({ status, latest_invoice }, [given]).state, status).toBe('payment_pending')
      }
    }
  })

  it.each([
    ['paid', anInvoice({ ...first, id: 'in_first' })],
    ['agreed and within its terms', { ...debit, ...dueTomorrow }],
    ['voided', { ...debit, status: 'void' as const }],
  ])('is not waited for when it is %s', (_, given) => {
    expect(moneyIn({ latest_invoice: anInvoice(raised) }, [given]).state).toBe('active')
    expect(moneyIn({ latest_invoice: anOpenInvoice(raised) }, [given]).state).toBe('past_due')
  })
})

describe('an older debt', () => {
  it.each([
    ['one more seat', anInvoice(raised)],
    ['the next renewal', anInvoice()],
    ['an invoice by hand', anInvoice({ billing_reason: 'manual' })],
    ['nothing, since that is not due yet', anOpenInvoice(dueTomorrow)],
  ])('is not paid by %s', (_, latest_invoice) => {
    for (const older of [renewal(), renewal({ status: 'uncollectible' }), renewal(raised), renewal(dueYesterday)]) {
      const { state, why, pastDueSince } = moneyIn({ latest_invoice }, [older])
      expect({ state, why }).toEqual({ state: 'past_due', why: 'renewal not paid yet' })
      expect(pastDueSince).toBe(older.due_date ?? finalised)
    }
  })

  it('is none once it is paid or voided, and none before it is due by agreement', () => {
    const none = [renewal({ status: 'void' }), renewal({ status: 'paid', amount_remaining: 0 }), renewal(dueTomorrow)]
    for (const older of [...none, renewal({ status: 'draft' })]) {
      expect(moneyIn({ latest_invoice: anInvoice(raised) }, [older]).pastDueSince).toBeNull()
    }
  })

  it('of several the oldest says since when, whatever their order, and the latest is one of them', () => {
    const at = (id: string, finalized_at: number) =>
      renewal({ id, status_transitions: { finalized_at, paid_at: null } })
    const [january, february] = [
      at('in_1a', seconds('2026-01-01T01:00:00Z')),
      at('in_2a', seconds('2026-02-01T01:00:00Z')),
    ]
    for (const invoices of [
      [january, february],
      [february, january],
      [january, january, anOpenInvoice()],
    ]) {
      const since = moneyIn({ latest_invoice: anOpenInvoice() }, invoices).pastDueSince
      expect(since).toBe(seconds('2026-01-01T01:00:00Z'))
    }
    expect(moneyIn({ latest_invoice: anOpenInvoice() }, [anOpenInvoice()]).pastDueSince).toBe(finalised)
  })

  it('says nothing of one that is over, paused or on trial', () => {
    for (const status of ['trialing', 'canceled', 'unpaid', 'paused']) {
      expect(moneyIn({ status }, [renewal()])).toEqual(moneyIn({ status }))
    }
  })
})

describe('more seats that wait for their money', () => {
  const waiting = { pending_update: { expires_at: seconds(later(second)) } as never }
  const declined = anOpenInvoice(raised)

  it('are owed by nobody: what is there is paid', () => {
    expect(moneyIn({ ...waiting, latest_invoice: declined })).toMatchObject({ state: 'active', why: 'paid' })
    expect(moneyIn({ ...waiting, latest_invoice: declined }, [declined]).state).toBe('active')
    expect(moneyIn({ latest_invoice: declined }).state).toBe('past_due')
  })

  it('pay for nothing else, and hide nothing else that is owed', () => {
    expect(moneyIn({ ...waiting, latest_invoice: declined }, [debit]).state).toBe('payment_pending')
    expect(moneyIn({ ...waiting, latest_invoice: declined }, [renewal()]).state).toBe('past_due')
    expect(moneyIn({ ...waiting, latest_invoice: declined }, [renewal(raised)]).state).toBe('past_due')
    expect(moneyIn({ ...waiting, latest_invoice: anOpenInvoice() }).state).toBe('past_due')
  })
})

describe('since when something is owed', () => {
  const owed = (some: Partial<AnInvoice>) =>
    moneyIn({ status: 'past_due', latest_invoice: anOpenInvoice(some) }).pastDueSince
  const created = seconds('2026-02-27T00:00:00Z')

  it.each<[string, Partial<AnInvoice>, number]>([
    ['since it was due', { ...dueYesterday, created }, dueYesterday.due_date],
    ['since it was made out', { created }, finalised],
    [
      'since it was begun, when nothing else is known',
      { created, status_transitions: { finalized_at: null, paid_at: null } },
      created,
    ],
  ])('%s', (_, some, since) => {
    expect(owed(some)).toBe(since)
  })
})

it('collection that is paused is not a pause: what is owed decides', () => {
  for (const behavior of ['keep_as_draft', 'mark_uncollectible', 'void'] as const) {
    const pause_collection = { behavior, resumes_at: null }
    expect(moneyIn({ pause_collection }).state).toBe('active')
    expect(moneyIn({ pause_collection, latest_invoice: anOpenInvoice() }).state).toBe('past_due')
    expect(moneyIn({ pause_collection, status: 'paused' }).state).toBe('paused')
  }
})
