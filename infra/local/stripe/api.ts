import { expanded } from './expand.ts'
import type { Form } from './form.ts'
import type { Parts } from './route.ts'
import { routes } from './routes.ts'
import { StripeError } from './stripe-error.ts'

/** The answer to one call. @throws StripeError */
export function answer(parts: Parts, method: string, path: string, form: Form): object {
  const direct = routes[`${method} ${path}`]
  const [, parent = '', last = ''] = /^(.+)\/([^/]+)$/.exec(path) ?? []
  const route = direct ?? routes[`${method} ${parent}/:id`]
  if (!route)
    throw new StripeError(404, 'unrecognized_request_url', `The local Stripe does not know ${method} /v1/${path}.`)
  const unknown = Object.keys(form).find((name) => !route.takes.includes(name))
  if (unknown) throw new StripeError(400, 'parameter_unknown', `Received unknown parameter: ${unknown}`, unknown)
  return expanded(parts.store, route.answer(parts, form, direct ? '' : last), form.expand)
}
