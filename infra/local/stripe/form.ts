import { StripeError, unknown } from './stripe-error.ts'

/** What a form says: texts, lists and groups, as Stripe nests them in brackets. */
export type Form = { [name: string]: Form | string | undefined }

/** Reads `a=1&b[c]=2&d[0][e]=3`. Lists come as groups with numbers for names. */
export function parseForm(text: string): Form {
  const form: Form = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/\[|\]\[|\]/).filter((part, at) => at === 0 || part !== '')
    // `expand[]=…` has no number of its own.
    if (name.endsWith('[]')) path.push(String(Object.keys(groupAt(form, path)).length))
    const last = path.pop() as string
    groupAt(form, path)[last] = value
  }
  return form
}

function groupAt(form: Form, path: string[]): Form {
  let at = form
  for (const part of path) {
    const next = at[part]
    const group: Form = typeof next === 'object' ? next : Object.create(null)
    at[part] = group
    at = group
  }
  return at
}

/** The members of a list. */
export const listOf = (value: Form | string | undefined): (Form | string)[] =>
  typeof value === 'object' ? Object.values(value).filter((one) => one !== undefined) : []

/** A group, or an empty one. */
export const groupOf = (value: Form | string | undefined): Form => (typeof value === 'object' ? value : {})

/** A group with these members only. @throws StripeError that names another one */
export function onlyOf(value: Form | string | undefined, name: string, members: string[]): Form {
  const group = groupOf(value)
  const other = Object.keys(group).find((member) => !members.includes(member))
  if (other !== undefined) unknown(`${name}[${other}]`)
  return group
}

/** A text, or undefined. */
export const textOf = (value: Form | string | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** A whole number. @throws StripeError when it is none */
export function numberOf(value: Form | string | undefined, param: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value)
  throw new StripeError(400, `Invalid integer: ${String(value)}`, { code: 'parameter_invalid_integer', param })
}

/** Texts by name: what metadata may be. */
export const textsOf = (value: Form | string | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(groupOf(value)).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  )
