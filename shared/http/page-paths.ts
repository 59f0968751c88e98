/** The places of the web page, by the first part of their path; each may have parts behind it, none of which climbs. `/` is one as well. */
const places = ['subscriptions', 'purchase', 'it', 'invitation', 'sign-in', 'signed-out']

const path = new RegExp(`^/((${places.join('|')})(/[\\w-][\\w.-]{0,199}){0,4}/?)?$`)
const query = /^\?[\w.~%+=&-]{0,300}$/

/** Whether the page itself answers at a path: every other is 404, so that a wrong link is seen to be wrong. */
export const isPagePath = (text: string): boolean => path.test(text)

/** Whether a sign-in may come back to this: a path of the page, maybe with a query, and never another address (F17). */
export function isReturnPath(text: string): boolean {
  const at = text.indexOf('?')
  return at < 0 ? isPagePath(text) : isPagePath(text.slice(0, at)) && query.test(text.slice(at))
}
