import type { Store, Thing } from './store.ts'

const FIRST_PAGE = 10

/** An object as it is told: a deleted customer is a stub, and of many lines of a subscription the first ten are shown. */
export function shown(store: Store, thing: Thing): Thing {
  if (thing.object === 'customer' && store.hiddenOf(thing.id).deleted)
    return { id: thing.id, object: 'customer', deleted: true }
  if (thing.object !== 'subscription' || thing.items.data.length <= FIRST_PAGE) return thing
  return { ...thing, items: { ...thing.items, data: thing.items.data.slice(0, FIRST_PAGE), has_more: true } }
}
