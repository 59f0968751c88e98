import type { Calendar } from './calendar.ts'
import type { Form } from './form.ts'
import { madeWithin, page, paged } from './page.ts'
import type { Store, Thing } from './store.ts'
import { missing } from './stripe-error.ts'
import type { Subscriptions } from './subscriptions.ts'

/** What the routes work on. */
export interface Parts {
  store: Store
  subscriptions: Subscriptions
  calendar: Calendar
  /** Seconds. */
  at: () => number
  origin: string
}

/** One call that is understood. */
export interface Route {
  /** Parameters that are understood; others are refused by name. */
  takes: string[]
  answer: (parts: Parts, form: Form, id: string) => object
}

/** An object of a kind. @throws StripeError when there is none of this id */
export function known({ store }: Parts, kind: string, id: string, param = 'id'): Thing {
  const thing = store.get(id)
  return thing?.object === kind ? thing : missing(kind, id, param, param === 'id' ? 404 : 400)
}

/** One of a kind by its id. */
export const one = (kind: string): Route => ({
  takes: ['expand'],
  answer: (parts, _form, id) => known(parts, kind, id),
})

/** A list of a kind, by the fields that are named in `by`, or when it was made. */
export const list = (
  kind: string,
  url: string,
  by: string[],
  from = (parts: Parts, form: Form) => parts.store.among(kind, form),
): Route => ({
  takes: [...paged, ...by, 'created'],
  answer: (parts, form) => {
    const wanted = by.filter((name) => form[name] !== undefined)
    const found = from(parts, form).filter((thing) => wanted.every((name) => thing[name] === form[name]))
    return page(madeWithin(found, form), `/v1/${url}`, form, parts.store.orderOf(kind))
  },
})
