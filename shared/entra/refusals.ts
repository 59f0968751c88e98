import type { AttemptEnd } from '../merging/attempt.ts'
import type { SignInLoss } from '../merging/mailbox.ts'

/** What Microsoft said instead of giving tokens. Nothing of it is shown to anybody; codes are logged. */
export interface Said {
  error: string
  /** Numbers of AADSTS codes. */
  numbers: number[]
  suberror: string | null
  /** A challenge that the next sign-in has to bring along. */
  claims: string | null
}

// Conditional access and its kind: signing in again does not help, an administrator has to do something (F25).
const policies = [50005, 50097, 50131, 53000, 53001, 53002, 53003, 53004, 53010, 53011]
const isPolicy = (number: number) => policies.includes(number) || (number >= 530_000 && number < 530_100)
const needsAdministrator = [90093, 90094, 90095, 900_941]
// An administrator has deleted our application from their tenant (700016), or switched it off there (7000112).
const withdrawn = [65001, 65004, 700_016, 7_000_112, ...needsAdministrator]
/** That a person has to do something. All else is between us and Microsoft: a grant is not lost by it. */
const personal = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required', 'access_denied']

const isConsent = ({ error, numbers, suberror }: Said) =>
  error === 'consent_required' || suberror === 'consent_required' || numbers.some((one) => withdrawn.includes(one))

/** What a refused refresh means for a grant; null when it means nothing, as with 5xx or a fault of our own. */
export function lossOf(said: Said): SignInLoss | null {
  if (said.numbers.some(isPolicy)) return 'blocked_by_policy'
  if (isConsent(said)) return 'consent_withdrawn'
  return personal.includes(said.error) ? 'needs_sign_in' : null
}

/** What a refused sign-in, or code, means for an attempt. */
export function outcomeOf(said: Said): AttemptEnd {
  if (said.numbers.some(isPolicy)) return 'blocked_by_policy'
  if (said.numbers.some((one) => needsAdministrator.includes(one))) return 'admin_consent_needed'
  if (said.numbers.includes(65004)) return 'declined'
  if (isConsent(said)) return 'admin_consent_needed'
  if (said.error === 'access_denied') return 'declined'
  return personal.includes(said.error) ? 'not_accepted' : 'unavailable'
}

/** What was said, for the log: codes and nothing else. */
export const codeOf = ({ error, numbers }: Said): string =>
  [word(error), ...numbers.map((number) => `AADSTS${number}`)].join(' ')

const word = (text: string) => (/^[\w.-]{1,60}$/.test(text) ? text : 'unreadable')
const MOST_CLAIMS = 4096

/** Reads the body of a refusal, which comes from Microsoft, or the address of a return, which anybody can write. */
export function saidOf(body: Record<string, unknown>): Said {
  const { error, error_description: description, error_codes: codes, suberror, claims } = body
  const named = /AADSTS(\d{4,8})/.exec(String(description ?? ''))?.[1]
  const numbers = Array.isArray(codes) ? codes.filter((one) => Number.isInteger(one)).slice(0, 5) : []
  return {
    error: String(error ?? ''),
    numbers: [...new Set([...(numbers as number[]), ...(named ? [Number(named)] : [])])],
    suberror: typeof suberror === 'string' ? suberror : null,
    claims: typeof claims === 'string' && claims.length <= MOST_CLAIMS && isObject(claims) ? claims : null,
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}
