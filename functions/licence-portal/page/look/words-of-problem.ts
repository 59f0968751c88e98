import type { Problem } from '../data/call.ts'
import type { Key, Say } from '../language/texts.tsx'

const known: Partial<Record<string, Key>> = {
  unreachable: 'problem.unreachable',
  not_found: 'problem.not_found',
  not_allowed: 'problem.not_allowed',
  no_free_seat: 'problem.no_free_seat',
  not_licensing: 'problem.not_licensing',
  seat_released: 'problem.seat_released',
  below_assigned: 'problem.below_assigned',
  changed_meanwhile: 'problem.changed_meanwhile',
  payment_failed: 'problem.payment_failed',
  too_many_requests: 'problem.too_many_requests',
  read_only: 'problem.read_only',
  unavailable: 'problem.unavailable',
  token_invalid: 'problem.signed_out',
  fresh_sign_in_required: 'problem.not_fresh',
}

/** What a refusal means to the person, in the language of the page. */
export const wordsOf = (say: Say, problem: Problem): string => say(known[problem.code] ?? 'problem.internal')
