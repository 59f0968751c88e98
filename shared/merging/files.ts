import { Refusal } from '../refusal.ts'
import type { Attachment } from './mail.ts'

/** All files of a mail together. */
const MOST_BYTES = 3 * 1024 * 1024
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
