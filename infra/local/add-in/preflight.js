import { duration, filled, number, sendingSay as say } from './page-parts.js'

/** What is to be known before the first mail, in sentences. Those that keep it from being sent are `bad`. */
export function sentencesOf(preflight) {
  const { mails, recipients, bytesPerMail, secondsAtPace, fitsToday, unknownFields } = preflight
  const size = number(Math.ceil(bytesPerMail / 1024))
  const summary = filled(say.summary, { mails, recipients, size: `${size} KB`, time: duration(secondsAtPace) })
  const remarks = [
    ...unknownFields.map((name) => bad(filled(say.unknownField, { field: `{{${name}}}` }))),
    ...remarksOf(preflight),
    ...(fitsToday ? [] : [good(say.tomorrow)]),
  ]
  return [good(summary), ...(remarks.length > 0 ? remarks : [good(say.fine)])]
}

function remarksOf({ invalid, duplicates, emptyFields, badLinks, tooLong }) {
  const first = invalid.first
    .slice(0, 5)
    .map(({ line, code, about }) => `${line} (${about ? `${about}: ` : ''}${code})`)
  const byField = (sentence, samples) =>
    Object.entries(samples).map(([field, sample]) => bad(sampled(sentence, sample, { field: `{{${field}}}` })))
  return [
    ...(invalid.count > 0 ? [bad(filled(say.invalid, { count: invalid.count, rows: first.join(', ') }))] : []),
    ...byField(say.emptyFields, emptyFields),
    ...byField(say.badLinks, badLinks),
    ...(tooLong.count > 0 ? [bad(sampled(say.tooLong, tooLong))] : []),
    ...(duplicates.count > 0 ? [good(sampled(say.duplicates, duplicates))] : []),
  ]
}

const sampled = (sentence, { count, rows }, more = {}) =>
  filled(sentence, { ...more, count, rows: rows.join(', ') + (count > rows.length ? ' …' : '') })

const good = (text) => ({ text, bad: false })
const bad = (text) => ({ text, bad: true })
