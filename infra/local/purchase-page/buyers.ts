import type { System } from '../system.ts'

const buyers = new WeakMap<System, Map<string, string>>()

/** Remembers who began a purchase on the local page, until the system stops. */
export function bought(system: System, intent: string, person: string): void {
  const known = buyers.get(system) ?? new Map<string, string>()
  buyers.set(system, known.set(intent, person))
}

/** Who began this purchase; undefined when it was not begun here. */
export const buyerOf = (system: System, intent: string): string | undefined => buyers.get(system)?.get(intent)
