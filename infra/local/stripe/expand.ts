import { type Form, listOf } from './form.ts'
import type { Store, Thing } from './store.ts'
import { StripeError } from './stripe-error.ts'

/** Where an id can be replaced by what it names. */
const EXPANDABLE = [
  'latest_invoice',
  'payment_intent',
  'latest_charge',
  'charge',
  'customer',
  'subscription',
  'invoice',
]
const DEEPEST = 4

/** A copy of an object or list with the paths that were asked for filled in. @throws StripeError for one that cannot be */
export function expanded<T extends object>(store: Store, thing: T, asked: Form | string | undefined): T {
  const copy = structuredClone(thing)
  for (const path of listOf(asked)) {
    const steps = String(path).split('.')
    if (steps.length > DEEPEST)
      throw new StripeError(
        400,
        'property_expansion_max_depth',
        'You cannot expand more than 4 levels of a property',
        'expand',
      )
    expand(store, copy, steps)
  }
  return copy
}

function expand(store: Store, at: object, [step, ...rest]: string[]): void {
  if (step === undefined) return
  if (Array.isArray(at)) {
    for (const one of at) expand(store, one, [step, ...rest])
    return
  }
  const holder = at as Record<string, unknown>
  const value = holder[step]
  if (typeof value === 'string') {
    if (!EXPANDABLE.includes(step))
      throw new StripeError(400, 'invalid_expand', `This property cannot be expanded (${step}).`, 'expand')
    holder[step] = structuredClone(store.must(value))
  } else if (value === undefined && step !== 'charge') {
    throw new StripeError(400, 'invalid_expand', `This property cannot be expanded (${step}).`, 'expand')
  }
  const next = holder[step]
  if (next !== null && typeof next === 'object') expand(store, next, rest)
}

/** A page of a list, the newest first. */
export function page(
  things: Thing[],
  url: string,
  form: Form,
): { object: 'list'; url: string; has_more: boolean; data: Thing[] } {
  const limit = Number(form.limit ?? 10)
  if (!(limit >= 1 && limit <= 100))
    throw new StripeError(400, 'parameter_invalid_integer', 'limit must be between 1 and 100', 'limit')
  const newest = things.toReversed()
  const from = form.starting_after ? newest.findIndex(({ id }) => id === form.starting_after) + 1 : 0
  if (form.starting_after && from === 0)
    throw new StripeError(400, 'resource_missing', `No such object: '${String(form.starting_after)}'`, 'starting_after')
  return { object: 'list', url, has_more: newest.length > from + limit, data: newest.slice(from, from + limit) }
}
