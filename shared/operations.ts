import type { Items } from './azure/items.ts'
import { hash } from './hash.ts'
import { Refusal } from './refusal.ts'

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

/** What somebody wants of a switch. */
type Order = Pick<Switch, 'name' | 'on' | 'why'>

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

/** What became of an order to set a switch. */
export type SwitchSet = { switch: string; on: boolean; outcome: 'set' | 'known' }

/** How a switch stands, and since when; null for one that was never set, which is off. */
export interface SwitchState {
  on: boolean
  since: string | null
}

/** A switch as people are shown it: neither on nor off where it could not be read. */
export interface ShownSwitch {
  name: string
  on: boolean | null
  since: string | null
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
    const { on } = await this.standing(name)
    this.#switches.set(name, { on, readAt: now })
    return on
  }

  /** How a switch stands. Read now. */
  async standing(name: string): Promise<SwitchState> {
    const stored = await this.#items.read<Switch>(this.#service, `switch:${name}`)
    return { on: stored?.on ?? false, since: stored?.at ?? null }
  }

  /** How switches stand, for people to read, in this order. Read now; it never throws. */
  async shown(names: readonly string[]): Promise<ShownSwitch[]> {
    const unread = { on: null, since: null }
    return Promise.all(names.map(async (name) => ({ name, ...(await this.standing(name).catch(() => unread)) })))
  }

  /** Since when a switch is on; null while it is off. Read now. */
  async onSince(name: string): Promise<Date | null> {
    const { on, since } = await this.standing(name)
    return on && since ? new Date(since) : null
  }

  /**
   * Sets a switch, and with it the entry that its message id finds. A message that has acted already, and comes again
   * after another one, does not act a second time: `known`.
   * @throws Refusal `idempotency_mismatch` when that message said something else
   */
  async set(name: string, on: boolean, why: string, messageId: string): Promise<SwitchSet> {
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
    try {
      return await this.#write(item, messageId)
    } finally {
      this.#switches.delete(name)
    }
  }

  /**
   * What is left to say to an order that a message has carried out already; undefined for one that has not acted.
   * @throws Refusal `idempotency_mismatch` when that message said something else
   */
  async earlier(order: Order, messageId: string): Promise<SwitchSet | undefined> {
    const entry = await this.#items.read<Omit<Switch, 'kind'>>(this.#service, entryOf(messageId))
    return entry && repeated(entry, order)
  }

  async #write(item: Switch, messageId: string): Promise<SwitchSet> {
    const { service, name, on } = item
    for (;;) {
      const earlier = await this.earlier(item, messageId)
      if (earlier) return earlier
      const stored = await this.#items.read<Switch>(service, item.id)
      const write = stored ? { replace: { ...stored, ...item }, etag: stored._etag } : { create: item }
      const entry = { ...item, id: entryOf(messageId), kind: 'history' as const }
      if (await this.#items.batch(service, [{ create: entry }, write])) return { switch: name, on, outcome: 'set' }
    }
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

function repeated(earlier: Order, { name, on, why }: Order): SwitchSet {
  if (earlier.name === name && earlier.on === on && earlier.why === why) return { switch: name, on, outcome: 'known' }
  throw new Refusal('idempotency_mismatch', 'This message id was used for another command.')
}

/** The id of the entry that a message leaves. */
const entryOf = (messageId: string): string => `history:${safe(messageId)}`

/** Whoever sends a message chooses its id. Not every text may be the id of an item, and two are never to be one. */
function safe(messageId: string): string {
  const plain = messageId.replaceAll(/[^\w-]/g, '_').slice(0, 100)
  return plain === messageId ? plain : `${plain}_${hash(messageId).slice(0, 22)}`
}
