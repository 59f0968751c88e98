/** Languages that people read. */
export type Language = 'en' | 'fr'

/** What a text is filled with. */
export type Values = Record<string, string | number>

/**
 * Puts values into a text: `{name}` is a value, `{count|licence|licences}` a number and what it counts, in the singular
 * and the plural of the language. A value that is missing leaves its braces, so that it is seen.
 */
export function format(text: string, values: Values, language: Language): string {
  return text.replaceAll(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name]
    if (value === undefined) return whole
    const shown = typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value
    if (one === undefined) return shown
    const isOne = new Intl.PluralRules(language).select(Number(value)) === 'one'
    return `${shown}\u00a0${isOne ? one : many}`
  })
}
