import { Problem } from '../../../data/problem.ts'
import type { Key } from '../../../language/say.ts'
import { type DetailName, type Details, detailNames } from './draft.ts'

/** Why one of the texts cannot be saved. */
export type Wrong = Partial<Record<DetailName, Key>>

/** What is wrong before anybody is asked. How long they are is seen to by the fields. */
export const wrongIn = (changes: Partial<Details>): Wrong =>
  changes.name === null ? { name: 'settings.wrong.empty' } : {}

const faults: Record<string, Key> = {
  not_plain_text: 'settings.wrong.not_plain_text',
  too_small: 'settings.wrong.empty',
  too_big: 'settings.wrong.too_long',
}

/** Which of the texts the service found wrong, and why. */
export function wrongBy(error: unknown): Wrong {
  if (!(error instanceof Problem) || error.code !== 'input_invalid') return {}
  const errors = Array.isArray(error.details.errors) ? (error.details.errors as { at?: string; fault?: string }[]) : []
  const found = detailNames.flatMap((name) => {
    const one = errors.find(({ at }) => at === `body.${name}`)
    return one ? [[name, faults[one.fault ?? ''] ?? 'settings.wrong.other'] as const] : []
  })
  return Object.fromEntries(found)
}
