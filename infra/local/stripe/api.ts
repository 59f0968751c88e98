import { expanded } from './expand.ts'
import type { Form } from './form.ts'
import { moneyRoutes } from './money-routes.ts'
import type { Parts, Route } from './route.ts'
import { sellingRoutes } from './selling-routes.ts'
import { StripeError, unknown } from './stripe-error.ts'

const routes: Record<string, Route> = { ...sellingRoutes, ...moneyRoutes }

/** The answer to one call. @throws StripeError, which names what is not understood */
export function answer(parts: Parts, method: string, path: string, form: Form): object {
  const [, parent = '', last = ''] = /^(.+)\/([^/]+)$/.exec(path) ?? []
  const [direct, byId] = [`${method} ${path}`, `${method} ${parent}/:id`]
  const route = Object.hasOwn(routes, direct) ? routes[direct] : Object.hasOwn(routes, byId) ? routes[byId] : undefined
  if (!route) throw new StripeError(404, `The local Stripe does not know ${method} /v1/${path}.`)
  const other = Object.keys(form).find((name) => !route.takes.includes(name))
  if (other !== undefined) unknown(other)
  return expanded(parts.store, route.answer(parts, form, route === routes[direct] ? '' : last), form.expand)
}
