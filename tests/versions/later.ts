/** The field that the later version has added. */
export const LATER = 'later'

/** What the later version keeps in that field of an item: which item it is, and how often this version has written it. */
export interface Mark {
  is: string
  writes: number
}

type Fields = Record<string, unknown>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** Everything below, each object with a field that nobody knows today. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore)
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, inner]) => [name, name === LATER ? inner : withMore(inner)])
  return { [LATER]: { of: ['a', 'later'], version: true }, ...Object.fromEntries(entries) }
}

/**
 * An item as the later version writes it: with a field of its own, which it goes on with when it finds one. Whoever made
 * the item has the field from then on.
 */
export function laterItem<T extends object>(item: T): T {
  const known = (item as Fields)[LATER] as Mark | undefined
  const mark: Mark = { is: known?.is ?? crypto.randomUUID(), writes: (known?.writes ?? 0) + 1 }
  Object.assign(item, { [LATER]: mark })
  return { ...(withMore(item) as T), [LATER]: mark }
}

/** A message as the later version sends it. */
export const laterMessage = (body: unknown): unknown => withMore(body)
