import { type Form, listOf } from './form.ts'
import { shown } from './shown.ts'
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
/** An invoice payment is of one kind or another, and has the field of that kind only. */
const MAY_BE_ABSENT = ['charge', 'payment_intent']
const DEEPEST = 4

/** A copy of an object or list as it is told, with the paths that were asked for filled in. @throws StripeError for one that cannot be */
export function expanded(store: Store, answer: object, asked: Form | string | undefined): object {
  const copy = structuredClone(told(store, answer))
  for (const path of listOf(asked)) {
    const steps = String(path).split('.')
    if (steps.length > DEEPEST)
      throw new StripeError(400, `You cannot expand more than ${DEEPEST} levels of a property.`, {
        code: 'property_expansion_max_depth',
      })
    expand(store, copy, steps, String(path))
  }
  return copy
}

const told = (store: Store, answer: object): object => {
  if ('object' in answer && answer.object === 'list' && 'data' in answer)
    return { ...answer, data: (answer.data as Thing[]).map((one) => shown(store, one)) }
  return 'id' in answer ? shown(store, answer as Thing) : answer
}

function expand(store: Store, at: object, [step, ...rest]: string[], path: string): void {
  if (step === undefined) return
  if (Array.isArray(at)) {
    for (const one of at) expand(store, one, [step, ...rest], path)
    return
  }
  const holder = at as Record<string, unknown>
  const value = holder[step]
  const isReference = EXPANDABLE.includes(step) && value !== undefined
  const isWay = rest.length > 0 && typeof value === 'object'
  if (!isReference && !isWay && !(value === undefined && MAY_BE_ABSENT.includes(step)))
    throw new StripeError(400, `This property cannot be expanded (${path}).`, { param: 'expand' })
  if (typeof value === 'string') holder[step] = structuredClone(shown(store, store.must(value)))
  const next = holder[step]
  if (next !== null && typeof next === 'object') expand(store, next, rest, path)
}
