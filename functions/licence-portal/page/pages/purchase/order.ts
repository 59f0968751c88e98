import { MOST_SEATS_AT_CHECKOUT } from '@securemailmerge/shared/purchasing/prices'
import type { Interval } from '@securemailmerge/shared/purchasing/purchase'

/** What a buyer has typed so far. */
export interface Order {
  /** As it was typed: it may be no number. */
  quantity: string
  interval: Interval
  /** For whom it is bought. */
  name: string
  /** The buyer's own reference; may be empty. */
  reference: string
}

/** What the service is asked to sell. */
export interface Wish {
  quantity: number
  interval: Interval
  name: string
  reference: string | null
}

/** A part of an order that nobody can sell. */
export type WrongField = 'quantity' | 'name' | 'reference'

const MOST_CHARACTERS = 100
/** What a sign-in takes along behind the path, at most. */
const MOST_QUERY = 300

const untouched: Order = { quantity: '1', interval: 'yearly', name: '', reference: '' }
const names = Object.keys(untouched) as (keyof Order)[]

/** An order as it stands: what the address says before what was kept, before what nobody has touched. */
export function orderFrom(search: string, kept: string | null): Order {
  const said = new URLSearchParams(search)
  const known = { ...untouched, ...textsIn(kept) }
  const texts = Object.fromEntries(names.map((name) => [name, said.get(name) ?? known[name]])) as Record<
    keyof Order,
    string
  >
  return { ...texts, interval: texts.interval === 'monthly' ? 'monthly' : 'yearly' }
}

function textsIn(kept: string | null): Partial<Record<keyof Order, string>> {
  try {
    const read: unknown = JSON.parse(kept ?? '{}')
    const entries = typeof read === 'object' && read !== null ? Object.entries(read) : []
    return Object.fromEntries(entries.filter(([, text]) => typeof text === 'string'))
  } catch {
    return {}
  }
}

/**
 * The page with an order in its address, so that a sign-in brings it back. What does not fit is left out, the least
 * needed first: the browser keeps it, too.
 */
export function addressOf(order: Order): string {
  const within = (kept: (keyof Order)[]): string => {
    const query = new URLSearchParams()
    for (const name of kept) if (order[name] !== '') query.set(name, order[name])
    // A return path may hold all that a query has but this one.
    const text = `?${query}`.replaceAll('*', '%2A')
    return text.length <= MOST_QUERY ? text : within(kept.slice(0, -1))
  }
  return `/purchase${within(names)}`
}

/** How many are wanted; undefined where that is no number that can be bought at once. */
export function quantityOf(typed: string): number | undefined {
  const quantity = /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : 0
  return quantity >= 1 && quantity <= MOST_SEATS_AT_CHECKOUT ? quantity : undefined
}

/** What to ask the service for, or which parts are wrong, in the order of the page. */
export function wishOf({ quantity, interval, name, reference }: Order): Wish | WrongField[] {
  const count = quantityOf(quantity)
  const fits = (text: string) => text.trim().length <= MOST_CHARACTERS
  const wrong: WrongField[] = [
    ...(count === undefined ? (['quantity'] as const) : []),
    ...(name.trim() === '' || !fits(name) ? (['name'] as const) : []),
    ...(fits(reference) ? [] : (['reference'] as const)),
  ]
  if (count === undefined || wrong.length > 0) return wrong
  return { quantity: count, interval, name: name.trim(), reference: reference.trim() || null }
}

/** The parts that the service itself has found wrong. */
export function wrongBy(details: Readonly<Record<string, unknown>>): WrongField[] {
  const errors = Array.isArray(details.errors) ? (details.errors as { at?: unknown }[]) : []
  return (['quantity', 'name', 'reference'] as const).filter((name) => errors.some(({ at }) => at === `body.${name}`))
}
