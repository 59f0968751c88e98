/** What a key means in a table of rows. */
export type KeyMove =
  | { kind: 'go'; to: number; asRange: boolean }
  | { kind: 'toggle'; asRange: boolean }
  | { kind: 'all' }
  | { kind: 'more' }

interface Pressed {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

const PAGE = 10

/**
 * What a key means at row `here` of so many; undefined when it is none of ours. `isRow`: the row itself has the focus,
 * and not a button or a box in it, which have keys of their own.
 */
export function keyMove(pressed: Pressed, at: { here: number; count: number; isRow: boolean }): KeyMove | undefined {
  const { key, shiftKey: asRange, ctrlKey, metaKey, altKey } = pressed
  if (altKey || at.count === 0) return undefined
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() === 'a') return { kind: 'all' }
    return key === 'Home' || key === 'End' ? goTo(key, at, false) : undefined
  }
  if (at.isRow && key === ' ') return { kind: 'toggle', asRange }
  if (at.isRow && key === 'Enter') return { kind: 'more' }
  return goTo(key, at, asRange)
}

function goTo(key: string, { here, count }: { here: number; count: number }, asRange: boolean): KeyMove | undefined {
  const goals: Record<string, number> = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    PageDown: here + PAGE,
    PageUp: here - PAGE,
    Home: 0,
    End: count - 1,
  }
  const goal = Object.hasOwn(goals, key) ? goals[key] : undefined
  return goal === undefined ? undefined : { kind: 'go', to: Math.min(count - 1, Math.max(0, goal)), asRange }
}
