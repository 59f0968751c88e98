import type * as z from 'zod'

// What the schemas themselves say in words of ours goes on as it is.
const ours = /^[a-z0-9_]+$/

/** The faults that are not words of a schema's own; `docs/api.md` lists both. */
const words: Partial<Record<z.core.$ZodIssue['code'], string>> = {
  invalid_type: 'wrong_type',
  unrecognized_keys: 'unknown_field',
  custom: 'invalid',
}

/** What is wrong with an input, in one word for machines. Never a word of what the input says. */
export function inputFault(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.code !== 'custom' && valueAt(given, issue.path) === undefined) return 'missing'
  if (ours.test(issue.message)) return issue.message
  return words[issue.code] ?? issue.code
}

/** As it was given: what zod reports may have been converted already. */
const valueAt = (given: unknown, path: PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], given)
