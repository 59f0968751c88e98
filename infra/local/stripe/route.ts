import { page } from './expand.ts'
import { type Form, groupOf } from './form.ts'
import type { Store, Thing } from './store.ts'
import { missing } from './stripe-error.ts'
import type { Subscriptions } from './subscriptions.ts'

/** What the routes work on. */
export interface Parts {
  store: Store
  subscriptions: Subscriptions
  /** Seconds. */
  at: () => number
  origin: string
}

/** How a route answers. */
export type Answer = (parts: Parts, form: Form, id: string) => object
/** One call that is understood. */
export interface Route {
  /** Parameters that are understood; others are refused by name. */
  takes: string[]
  answer: Answer
}

/** Parameters of every list. */
export const paged = ['limit', 'starting_after', 'expand']
/** Those that were made when the call asks for. */
export const made = (things: Thing[], form: Form): Thing[] => {
  const { gte, lte, gt, lt } = groupOf(form.created)
  return things.filter(
    ({ created }) =>
      !(created < Number(gte ?? 0)) &&
      !(created > Number(lte ?? 1e12)) &&
      !(created <= Number(gt ?? -1)) &&
      !(created >= Number(lt ?? 1e12)),
  )
}

/** A list of a kind, by the fields that are named in `by`. */
export const list = (kind: string, by: string[], ignored: string[] = []): Route => ({
  takes: [...paged, ...by, ...ignored, 'created'],
  answer: ({ store }, form) => {
    const from =
      typeof form.subscription === 'string' && kind === 'invoice'
        ? store.invoicesOf(form.subscription)
        : store.all(kind)
    const wanted = by.filter((name) => form[name] !== undefined)
    const found = from.filter((thing) =>
      wanted.every((name) => thing[name] === form[name] || (name === 'subscription' && kind === 'invoice')),
    )
    return page(made(found, form), `/v1/${kind}s`, form)
  },
})

/** One object of a kind by its id. */
export const one = (kind: string): Route => ({
  takes: ['expand'],
  answer: ({ store }, _form, id) => {
    const thing = store.get(id)
    return thing?.object === kind ? thing : missing(kind, id)
  },
})

/** A subscription as it is shown: at most ten lines on the first page. */
export const shown = (thing: Thing): Thing => {
  if (thing.object !== 'subscription' || thing.items.data.length <= 10) return thing
  return { ...thing, items: { ...thing.items, data: thing.items.data.slice(0, 10), has_more: true } }
}

/** The subscription. @throws StripeError */
export const subscription = ({ store }: Parts, id: string): Thing => {
  const thing = store.get(id)
  return thing?.object === 'subscription' ? thing : missing('subscription', id)
}

/** States at which nothing more happens. */
export const over = ['canceled', 'incomplete_expired']
