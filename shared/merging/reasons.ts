import en from '../languages/reasons.en.json' with { type: 'json' }
import fr from '../languages/reasons.fr.json' with { type: 'json' }
import type { Language } from '../licensing/answer.ts'
import type { RowFault } from './row-line.ts'
import type { TemplateFault } from './template/problem.ts'

/** Why a row is what it is, in codes of ours. A code never changes its meaning; codes are only ever added. */
export const ourReasons = [
  // Its mail cannot be made.
  ...(['field_empty', 'link_not_allowed', 'too_long', 'row_gone', 'template_gone'] as const),
  // Nobody knows whether it was sent.
  ...(['no_answer', 'not_found', 'restored'] as const),
  // It was surely not sent.
  ...(['cut_off', 'too_late', 'draft_unclear'] as const),
  'said_by_sender',
  // It waits, or its sender has to do something.
  ...(['throttled', 'day_limit', 'needs_sign_in', 'blocked_by_policy', 'consent_withdrawn'] as const),
] as const

/** Codes of Microsoft's that have a sentence of their own; any other has a common one, which names it. */
export const microsoftReasons = [
  ...(['ErrorInvalidRecipients', 'ErrorRecipientNotFound', 'ErrorExceededMaxRecipientLimit'] as const),
  ...(['ErrorMessageSizeExceeded', 'ErrorAttachmentSizeLimitExceeded'] as const),
  ...(['ErrorAccountSuspend', 'ErrorMessageSubmissionBlocked', 'ErrorSendAsDenied', 'ErrorQuotaExceeded'] as const),
  ...(['ErrorNonExistentMailbox', 'MailboxNotEnabledForRESTAPI', 'MailboxNotSupportedForRESTAPI'] as const),
  ...(['InvalidAuthenticationToken', 'ErrorAccessDenied'] as const),
  ...(['ErrorServerBusy', 'ErrorMailboxStoreUnavailable', 'ErrorItemNotFound'] as const),
] as const

type Reason = (typeof ourReasons)[number] | (typeof microsoftReasons)[number]
/** What a code means, and what to do about it; nothing, where there is nothing to be done. */
interface Words {
  means: string
  do: string
}

const words = { en, fr } satisfies Record<
  Language,
  {
    rows: Record<Reason | 'other', Words>
    lines: Record<RowFault, string>
    template: Record<TemplateFault, string>
  }
>

/** What is wrong with a line of a list that is no row, in words. */
export function lineReasonIn(language: Language, code: string | null): string {
  const lines: Record<string, string> = words[language].lines
  return (code !== null && Object.hasOwn(lines, code) ? lines[code] : code) ?? ''
}

/** Why a row is what it is, in words: what the code means, and what to do. Nothing for nothing. */
export function reasonIn(language: Language, code: string | null): string {
  if (code === null) return ''
  const rows: Record<string, Words> = words[language].rows
  const said = (Object.hasOwn(rows, code) ? rows[code] : undefined) ?? words[language].rows.other
  return [said.means, said.do]
    .filter(Boolean)
    .join(' ')
    .replace('{code}', () => code)
}
