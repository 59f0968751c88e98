import type Stripe from 'stripe'
import { allOf, pagesOf } from './read.ts'
import { Invoice, type Subscription } from './shapes.ts'

/** What the invoices of a subscription say about its running period. */
export interface Books {
  /** All that may be owed, paid ones among them. */
  invoices: Invoice[]
  /** Those whose money pays for the running period; null when none is found that began it. */
  paying: Invoice[] | null
}

/** Reads them, newest first, no further back than is needed. One call, unless there are many. @throws as `pagesOf` */
export async function booksOf(stripe: Stripe, { id, latest_invoice: latest }: Subscription): Promise<Books> {
  // Where nothing was ever invoiced, nothing is owed and nothing can be taken back.
  if (!latest) return { invoices: [], paying: [] }
  const invoices: Invoice[] = []
  const pages = pagesOf(Invoice, (page) => stripe.invoices.list({ subscription: id, ...page }))
  for await (const { data, hasMore } of pages) {
    invoices.push(...data)
    const paying = payingOf(invoices, !hasMore)
    if (!hasMore) return { invoices, paying }
    if (paying) return { invoices: await owed(stripe, { subscription: id }), paying }
  }
  return { invoices, paying: null }
}

/** However old: one that is still owed is not paid by a later one. */
async function owed(stripe: Stripe, whose: { subscription?: string }): Promise<Invoice[]> {
  const of = (status: 'open' | 'uncollectible') =>
    allOf(Invoice, (page) => stripe.invoices.list({ ...whose, status, ...page }))
  return (await Promise.all([of('open'), of('uncollectible')])).flat()
}

/** What is owed by each subscription there is. @throws as `pagesOf` */
export async function owedOfAll(stripe: Stripe): Promise<Map<string, Invoice[]>> {
  const all = await owed(stripe, {})
  const about = ({ parent }: Invoice) => parent?.subscription_details?.subscription ?? 'none'
  return Map.groupBy(all, about)
}

const ofThePeriod = new Set(['subscription_create', 'subscription_cycle'])

/**
 * The invoice that began the running period and all since. Where a credit paid a part of it, also those before, back to
 * one that began a period and was paid by money alone: the credit is theirs.
 * @param newestFirst as far back as was read
 * @returns null when they lie further back, or nowhere
 */
export function payingOf(newestFirst: Invoice[], isAll: boolean): Invoice[] | null {
  if (!newestFirst.some(beganPeriod)) return null
  const paidAlone = newestFirst.findIndex((invoice) => beganPeriod(invoice) && !usedCredit(invoice))
  if (paidAlone === -1) return isAll ? newestFirst : null
  return newestFirst.slice(0, paidAlone + 1)
}

const beganPeriod = ({ billing_reason }: Invoice): boolean => ofThePeriod.has(billing_reason ?? '')

const usedCredit = ({ starting_balance, lines }: Invoice): boolean =>
  (starting_balance ?? 0) < 0 || (lines?.data.some(({ amount }) => amount < 0) ?? false)
