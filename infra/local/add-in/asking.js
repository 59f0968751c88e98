import { Refused } from './campaign-client.ts'
import { element, filled, number, reasonOf, sendingSay } from './page-parts.js'
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
  if (code === 'template_invalid') return [known, (about.problems ?? []).map(faultAt).join('; ')].join(' ')
  if (code === 'not_allowed' && about.why) return problems[about.why] ?? `${known} ${reasonOf(about.why)}`
  if (code === 'not_found' && about.why) return reasonOf(about.why)
  if (code === 'body_too_large' && about.rows) return filled(problems.too_many_rows, { rows: number(about.rows) })
  const named = (about.errors ?? []).map(wrongField).join('; ')
  return filled(known, { about: named, seconds: about.retryAfterSeconds ?? 10 })
}

const wrongField = ({ at, fault }) =>
  `${sendingSay.faults.fields[at] ?? at} (${sendingSay.faults.input[fault] ?? fault})`

/** What is wrong with all of a text has no place in it. */
const faultAt = ({ part, line, code, near }) => {
  const { faultIn, faultAt, faults } = sendingSay
  return filled((near ? faultAt : faultIn)[part] ?? '{fault}', { line, fault: faults.template[code] ?? code, near })
}
