import { duration, filled, kilobytes, sendingSay as say } from './page-parts.js'

/** What is to be known before the first mail, in sentences. Those that keep it from being sent are `bad`. */
export function sentencesOf(preflight) {
  const { mails, recipients, bytesPerMail, secondsAtPace, fitsToday, footer, unknownFields } = preflight
  const summary = filled(say.summary, {
    mails,
    recipients,
    size: kilobytes(bytesPerMail),
    time: duration(secondsAtPace),
  })
  const remarks = [
    ...unknownFields.map((name) => bad(filled(say.unknownField, { field: `{{${name}}}` }))),
    ...remarksOf(preflight),
    ...(namesRows(preflight) ? [good(say.counted)] : []),
    ...(fitsToday ? [] : [good(say.tomorrow)]),
  ]
  const ending = footer ? [good(say.withFooter)] : []
  return [good(summary), ...(remarks.length > 0 ? remarks : [good(say.fine)]), ...ending]
}

const namesRows = ({ invalid, duplicates, emptySubjects, emptyTexts, tooLong, ...byField }) =>
  [invalid, duplicates, emptySubjects, emptyTexts, tooLong]
    .concat(...[byField.emptyFields, byField.badLinks, byField.fallbacks].map(Object.values))
    .some(({ count }) => count > 0)

/** A row is told by its own number; one that could not be read that far, by its place among those that were sent. */
const rowWithFault = ({ line, row, code, about }) => {
  const why = say.faults.lines[code] ?? (about ? `${about}: ${code}` : code)
  return `${row ?? filled(say.entry, { line })} (${why})`
}

function remarksOf({ invalid, emptyFields, badLinks, fallbacks, ...samples }) {
  const first = invalid.first.slice(0, 5).map(rowWithFault).join(', ')
  const named = first + (invalid.count > 5 ? ' …' : '')
  const byField = (sentence, of) =>
    Object.entries(of).map(([field, sample]) => sampled(sentence, sample, { field: `{{${field}}}` }))
  const some = (name) => (samples[name].count > 0 ? [sampled(say[name], samples[name])] : [])
  return [
    ...(invalid.count > 0 ? [bad(filled(say.invalid, { count: invalid.count, rows: named }))] : []),
    ...[...byField(say.emptyFields, emptyFields), ...byField(say.badLinks, badLinks), ...some('tooLong')].map(bad),
    ...[...some('duplicates'), ...some('emptySubjects'), ...some('emptyTexts')].map(good),
    ...byField(say.fallbacks, fallbacks).map(good),
  ]
}

const sampled = (sentence, { count, rows }, more = {}) =>
  filled(sentence, { ...more, count, rows: rows.join(', ') + (count > rows.length ? ' …' : '') })

const good = (text) => ({ text, bad: false })
const bad = (text) => ({ text, bad: true })
