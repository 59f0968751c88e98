import { Refused } from './campaign-client.ts'
import { element, filled, sendingSay } from './page-parts.js'
import { signInAgain, wasAnswered } from './signing-in.js'

/**
 * Does what a button is for. While it lasts the button takes no second press; what goes wrong is said where `trouble`
 * is. Gives whether it was done.
 */
export async function doing(button, trouble, action) {
  if (button.getAttribute('aria-busy') === 'true') return false
  button.setAttribute('aria-busy', 'true')
  element(trouble).textContent = ''
  try {
    await action()
    wasAnswered('sending')
    return true
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.status !== 401 || !signInAgain('sending')) element(trouble).textContent = sentenceOf(error)
    if (error.code === 'sending_off') dispatchEvent(new Event('sending-off'))
    return false
  } finally {
    button.removeAttribute('aria-busy')
  }
}

/** A refusal in words. A code that this page does not know is shown as it is. */
export function sentenceOf({ code, about }) {
  const { problems, unknownField } = sendingSay
  const known = problems[code] ?? String(about.detail ?? code)
  if (code === 'template_invalid' && about.leftOut) return problems.left_out
  if (code === 'template_invalid' && about.unknownFields)
    return about.unknownFields.map((name) => filled(unknownField, { field: `{{${name}}}` })).join(' ')
  if (code === 'template_invalid') return [known, ...(about.problems ?? []).map(faultAt)].join(' ')
  if (code === 'not_allowed' && about.why) return `${known} (${about.why})`
  const named = (about.errors ?? []).map(({ at, fault }) => `${at}: ${fault}`).join('; ')
  return filled(known, { about: named, seconds: about.retryAfterSeconds ?? 10 })
}

const faultAt = ({ part, line, code, near }) =>
  filled(sendingSay.faultAt, { part: sendingSay.parts[part] ?? part, line, code, near })
