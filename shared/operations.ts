import type { Items } from './azure/items.ts'

/** How old a switch may be when it is read (design.md, decision 8). */
const SWITCH_AGE_MS = 15_000

/** Item `switch:<name>`: an operator's on or off. */
interface Switch {
  id: string
  kind: 'switch'
  service: string
  name: string
  on: boolean
  at: string
  why: string
}

/** Item `parked:<message id>`: a message that could not be understood. */
interface Parked {
  id: string
  kind: 'parked'
  service: string
  at: string
  queue: string
  messageId: string
  reason: string
  ttl: number
}

const PARKED_SECONDS = 90 * 24 * 3600

/** Container `operations`, one partition per service: what operators set and what they should look at. */
export class Operations {
  readonly #items: Items
  readonly #service: string
  readonly #now: () => Date
  readonly #switches = new Map<string, { on: boolean; readAt: number }>()

  constructor(items: Items, service: string, now: () => Date) {
    this.#items = items
    this.#service = service
    this.#now = now
  }

  /** Whether a switch is on; at most 15 s old. A switch that was never set is off. */
  async isOn(name: string): Promise<boolean> {
    const known = this.#switches.get(name)
    const now = this.#now().getTime()
    if (known && now - known.readAt < SWITCH_AGE_MS && now >= known.readAt) return known.on
    const stored = await this.#items.read<Switch>(this.#service, `switch:${name}`)
    this.#switches.set(name, { on: stored?.on ?? false, readAt: now })
    return stored?.on ?? false
  }

  /** Sets a switch; an entry that the message id finds stays behind. */
  async set(name: string, on: boolean, why: string, messageId: string): Promise<void> {
    const at = this.#now().toISOString()
    const item: Switch = {
      id: `switch:${name}`,
      kind: 'switch',
      service: this.#service,
      name,
      on,
      at,
      why,
    }
    const entry = { ...item, id: `history:${safe(messageId)}`, kind: 'history' as const }
    await this.#items.upsert(entry)
    await this.#items.upsert(item)
    this.#switches.delete(name)
  }

  /** Puts a message aside that nobody can understand; the broker's dead letters are for our own bugs (X3). */
  async park(queue: string, messageId: string, reason: string): Promise<void> {
    const at = this.#now().toISOString()
    const id = `parked:${queue}:${safe(messageId)}`
    const item: Parked = {
      id,
      kind: 'parked',
      service: this.#service,
      at,
      queue,
      messageId,
      reason,
      ttl: PARKED_SECONDS,
    }
    await this.#items.upsert(item)
  }
}

// Whoever sends a message chooses its id; not every text may be the id of an item.
const safe = (messageId: string) => messageId.replaceAll(/[^\w-]/g, '_').slice(0, 128)
