import { Refusal } from '../refusal.ts'
import type { SendingMode } from './campaign.ts'
import type { Attachment } from './mail.ts'

/** All files of a mail together. */
const MOST_BYTES = 3 * 1024 * 1024
/** Template and files, encoded, that fit into the one call of a mail without a draft: Microsoft takes about 4 MB. */
const ONE_CALL_BYTES = 4_000_000
/** What mail programs refuse, and what a sender rarely means to send (F33). */
const executable = /\.(exe|com|scr|pif|bat|cmd|msi|msp|js|jse|vbs|vbe|wsf|wsh|hta|ps1|jar|lnk|cpl|reg|dll)$/i
// What turns the direction of writing makes an ending look like another; what stands behind a colon Windows hides.
const notAName = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069/\\:]|^[.\s]*$/u

/** The files of a campaign, as they may be sent. @throws Refusal `body_too_large`, `input_invalid` */
export function acceptedFiles(given: { name: string; contentType: string; base64: string }[]): Attachment[] {
  const files = given.map(({ base64, ...about }) => ({ ...about, bytes: Buffer.from(base64, 'base64') }))
  if (files.reduce((sum, { bytes }) => sum + bytes.length, 0) > MOST_BYTES)
    throw new Refusal('body_too_large', 'The files have more than 3 MB together.', { limit: MOST_BYTES })
  for (const [at, { name }] of files.entries()) {
    // Windows drops dots and spaces at the end.
    const fault = executable.test(name.replace(/[.\s]+$/, ''))
      ? 'executable'
      : notAName.test(name)
        ? 'not_a_file_name'
        : null
    if (!fault) continue
    const errors = [{ at: `body.attachments.${at}.name`, fault }]
    throw new Refusal('input_invalid', `The request is wrong at ${errors[0]?.at} (${fault}).`, { errors })
  }
  return files
}

/** @throws Refusal `body_too_large` when a mail without a draft could not carry its files */
export function refuseBeyondOneCall(
  mode: SendingMode,
  { html, attachments }: { html: string; attachments: { base64: string }[] },
): void {
  const encoded = attachments.reduce((sum, { base64 }) => sum + base64.length, Buffer.byteLength(html))
  if (mode === 'send' && attachments.length > 0 && encoded > ONE_CALL_BYTES)
    throw new Refusal('body_too_large', 'Files of this size need drafts.', { limit: ONE_CALL_BYTES })
}
