import type { Answer, Reply } from './client.ts'
import type { Outcome, Refused } from './outcome.ts'

/** Microsoft's code for an item that is not there: no longer, not yet, or under another id. */
export const ITEM_NOT_FOUND = 'ErrorItemNotFound'

/**
 * What Microsoft's codes mean (product reference 4.4). The code decides, not the status: the day limit has been seen
 * with 400, 403 and 429.
 */
export const classOf: Record<string, Refused['class']> = {
  ApplicationThrottled: 'throttled',
  TooManyRequests: 'throttled',
  ErrorExceededMessageLimit: 'day_limit',
  ErrorSubmissionQuotaExceeded: 'day_limit',
  ErrorExceededHourlyMessageLimit: 'day_limit',
  ErrorExceededMaxRecipientLimit: 'row',
  ErrorInvalidRecipients: 'row',
  ErrorRecipientNotFound: 'row',
  ErrorMessageSizeExceeded: 'row',
  ErrorAttachmentSizeLimitExceeded: 'row',
  ErrorAccountSuspend: 'sender',
  ErrorMessageSubmissionBlocked: 'sender',
  ErrorSendAsDenied: 'sender',
  ErrorQuotaExceeded: 'sender',
  ErrorNonExistentMailbox: 'sender',
  MailboxNotEnabledForRESTAPI: 'sender',
  MailboxNotSupportedForRESTAPI: 'sender',
  InvalidAuthenticationToken: 'sign_in',
  ErrorAccessDenied: 'sign_in',
  invalid_grant: 'sign_in',
  interaction_required: 'sign_in',
  ErrorServerBusy: 'transient',
  ErrorMailboxStoreUnavailable: 'transient',
  [ITEM_NOT_FOUND]: 'transient',
}

/** What a status means whose code says nothing to us. Any other 4xx is about what was asked: the row. */
const classOfStatus: Record<number, Refused['class']> = {
  401: 'sign_in',
  403: 'sender',
  404: 'sender',
  409: 'transient',
  410: 'sender',
  412: 'transient',
  421: 'transient',
  423: 'transient',
  425: 'transient',
  429: 'throttled',
  503: 'transient',
}

/**
 * Judges a call that did not end as it was meant to.
 * @param changes whether the call changes something: then what may have been done is unclear, else it may be asked again
 */
export function classify(reply: Reply, changes: boolean): Outcome<never> {
  if (reply.kind === 'unsent') return transient(reply.reason)
  const outcome = reply.kind === 'answer' ? judged(reply) : undefined
  if (outcome !== undefined) return { kind: 'refused', why: outcome }
  const reason = reply.kind === 'answer' ? nameOf(reply) : reply.reason
  return changes ? { kind: 'unclear', reason } : transient(reason)
}

/** Why Microsoft surely did nothing; undefined when nobody can tell whether it did. */
function judged(answer: Answer): Refused | undefined {
  const { status, code, retryAfterMs, claims } = answer
  const known = code !== null && Object.hasOwn(classOf, code) ? classOf[code] : undefined
  const isPassing = known === undefined || known === 'transient' || known === 'throttled'
  // A mail has been delivered after each of these; a 504 says nothing of what stands behind the gateway, even with a code.
  if (status === 504 || (isPassing && isDoubtful(status))) return undefined
  const isBusy = status === 429 || (status === 503 && answer.askedToWait)
  const name = isPassing && isBusy ? 'throttled' : (known ?? byStatus(status))
  if (name === 'throttled') return { class: name, retryAfterMs }
  if (name === 'day_limit') return { class: name }
  const said = { code: nameOf(answer) }
  if (name === 'sign_in') return { class: name, ...said, claims }
  // What only a status says may be different another time.
  return name === 'row' ? { class: name, ...said, isFinal: known === 'row' } : { class: name, ...said }
}

/** A success that was not the one to be expected, a time-out, a fault while it was being done. */
const isDoubtful = (status: number): boolean => status < 300 || status === 408 || (status >= 500 && status !== 503)

const byStatus = (status: number): Refused['class'] => classOfStatus[status] ?? (status < 400 ? 'transient' : 'row')

const nameOf = ({ code, status }: Answer): string => code ?? `http_${status}`

const transient = (code: string): Outcome<never> => ({ kind: 'refused', why: { class: 'transient', code } })
