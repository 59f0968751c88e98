// What every part of the add-in page needs: what the server wrote into the page, and how things are said.
const { origin, authority, clientId, scope, sendingScope, offset, graph, words, sendingWords } = document.body.dataset

/** Where to ask, and as which application. */
export const place = { origin, authority, clientId, scope, sendingScope, graph }
export const say = JSON.parse(words)
export const sendingSay = JSON.parse(sendingWords)
export const language = document.documentElement.lang
const locale = language === 'en' ? 'en-GB' : 'fr-FR'
export const home = `/?lang=${language}`

export const element = (id) => document.getElementById(id)
export const made = (name, text, attributes = {}) =>
  Object.assign(document.createElement(name), { textContent: text, ...attributes })
/** A text that is read out when it changes, and only then. */
export function tell(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text
}
/** The time of this machine's clock, which may be ahead. */
export const now = () => new Date(Date.now() + Number(offset))

/** What is kept until the tab is closed. */
export const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? 'null')
export const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value))

/** A text of CSV as a file. */
export function download(name, text) {
  // What tells Excel that it is UTF-8.
  const href = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv' }))
  made('a', '', { href, download: `${name.replace(/[^\p{L}\p{N} _-]/gu, '_')}.csv` }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}

/** A date in UTC, as proofs and payments are dated. */
export const day = (time, timeStyle) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle, timeZone: 'UTC' }).format(new Date(time))
/** An instant as a person here reads it: without the date when that is today's. */
export function moment(time) {
  const at = new Date(time)
  const isToday = at.toDateString() === now().toDateString()
  const style = isToday ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' }
  return new Intl.DateTimeFormat(locale, style).format(at)
}
export const number = (value) => new Intl.NumberFormat(locale).format(value)
/** Bytes as a size that people read. */
export const kilobytes = (bytes) =>
  new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte' }).format(Math.ceil(bytes / 1024))
/** Why a row, or a sender, is refused: what its code means, and what to do. */
export function reasonOf(code) {
  const { reasons } = sendingSay
  const { means, do: advice } = Object.hasOwn(reasons, code) ? reasons[code] : reasons.other
  return filled([means, advice].filter(Boolean).join(' '), { code })
}
/** Seconds, in the largest unit that says enough. */
export function duration(seconds) {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ]
  const [unit, length] = units.find(([, one]) => seconds >= 2 * one) ?? ['second', 1]
  const style = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }
  return new Intl.NumberFormat(locale, style).format(Math.ceil(seconds / length))
}

/** A sentence with its gaps filled: `{name}`, and `{count|mail|mails}` by a number and what it counts. */
export const filled = (sentence, gaps) =>
  sentence.replace(/\{(\w+)(?:\|([^|{}]+)\|([^|{}]+))?\}/g, (gap, name, one, many) => {
    const value = gaps[name]
    if (value === undefined) return gap
    if (one === undefined) return value
    return `${number(value)} ${value === 1 ? one : many}`
  })
