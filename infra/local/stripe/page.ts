import { type Form, groupOf, numberOf, textOf } from './form.ts'
import type { Thing } from './store.ts'
import { invalid, missing, StripeError } from './stripe-error.ts'

/** A page of a list. */
export interface Page {
  object: 'list'
  url: string
  has_more: boolean
  data: Thing[]
}

/** Parameters that every list takes. */
export const paged = ['limit', 'starting_after', 'expand']

const MOST = 100

/**
 * A page of things, the last of them first.
 * @param orderOf the place of one in all there is, whether it is in the list or not
 * @throws StripeError
 */
export function page(things: Thing[], url: string, form: Form, orderOf: (id: string) => number | undefined): Page {
  const limit = numberOf(form.limit, 'limit') ?? 10
  if (limit < 1 || limit > MOST)
    throw new StripeError(400, `This value must be between 1 and ${MOST}.`, {
      code: 'parameter_invalid_integer',
      param: 'limit',
    })
  const after = textOf(form.starting_after)
  const before = after === undefined ? undefined : (orderOf(after) ?? missing('object', after, 'starting_after', 400))
  const rest = things.filter(({ id }) => before === undefined || (orderOf(id) as number) < before).reverse()
  return { object: 'list', url, has_more: rest.length > limit, data: rest.slice(0, limit) }
}

const bounds: Record<string, (created: number, bound: number) => boolean> = {
  gt: (created, bound) => created > bound,
  gte: (created, bound) => created >= bound,
  lt: (created, bound) => created < bound,
  lte: (created, bound) => created <= bound,
}

/** Those that were made when `created` says. @throws StripeError */
export function madeWithin(things: Thing[], { created }: Form): Thing[] {
  if (typeof created === 'string') {
    const instant = numberOf(created, 'created')
    return things.filter((thing) => thing.created === instant)
  }
  const wanted = Object.entries(groupOf(created)).map(([name, text]) => {
    const isWithin = bounds[name] ?? invalid(`created[${name}]`, `The local Stripe does not know created[${name}].`)
    const bound = numberOf(text, `created[${name}]`) as number
    return (thing: Thing) => isWithin(thing.created, bound)
  })
  return things.filter((thing) => wanted.every((fits) => fits(thing)))
}
