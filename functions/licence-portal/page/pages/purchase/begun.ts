import type { Wish } from './order.ts'

/** A purchase that was begun in this tab: the same wish is asked for under the same key, so that it is begun once. */
export interface Begun {
  wish: Wish
  key: string
  /** What became of it can be asked by this; null until the service has answered. */
  intent: string | null
}

/** The purchase to go on with: the one that was begun if it is of the same wish, else a new one. */
export function begunFor(wish: Wish, kept: string | null, newKey: () => string): Begun {
  const known = begunIn(kept)
  return known && sameWish(known.wish, wish) ? known : { wish, key: newKey(), intent: null }
}

/** The purchase that a text keeps; undefined for everything that is none. */
export function begunIn(kept: string | null): Begun | undefined {
  try {
    const read = JSON.parse(kept ?? 'null') as Partial<Begun> | null
    return read && typeof read.key === 'string' && typeof read.wish === 'object' && read.wish
      ? (read as Begun)
      : undefined
  } catch {
    return undefined
  }
}

const sameWish = (one: Wish, other: Wish): boolean =>
  one.quantity === other.quantity &&
  one.interval === other.interval &&
  one.name === other.name &&
  one.reference === other.reference
