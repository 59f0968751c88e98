/** What most values are: text that stands in HTML as it is. Asked first, because it is asked of every value. */
const plain = /^[\t\n\r !#-%(-;=?-~\u00a0-\ud7ff\ue000-\uffff]*$/
const special = /[&<>"']|[^\P{Cc}\t\n\r]/gu
const written: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A value as text of HTML, in an element or in a quoted attribute. Control characters become blanks. */
export const escapeHtml = (value: string): string =>
  plain.test(value) ? value : value.toWellFormed().replace(special, (character) => written[character] ?? ' ')

/** A value in a single line: control characters and line separators become one blank, nothing is escaped. */
export const inOneLine = (value: string): string => value.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
