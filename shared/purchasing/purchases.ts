import type { Items, Stored } from '../azure/items.ts'
import type { Queue } from '../azure/queue.ts'
import { type About, type PurchaseEvent, sessionOf } from './event.ts'
import type { Intent } from './intent.ts'

/** Body of a message on queue `purchases`: whom to look at. */
export interface Wake {
  about: About
}

/** Container `purchases`: what is to be looked at, and what people were about to buy. With the queue that wakes. */
export class Purchases {
  readonly #items: Items
  readonly #queue: Queue

  constructor(items: Items, queue: Queue) {
    this.#items = items
    this.#queue = queue
  }

  /** Stores an event. False when it is there already. */
  store(event: PurchaseEvent): Promise<boolean> {
    return this.#items.batch(event.about, [{ create: event }])
  }

  /** Wakes the one handler that looks at this; at `at` at the earliest. @throws when the queue does not take it */
  async wake(about: About, at?: Date): Promise<void> {
    const wake: Wake = { about }
    await this.#queue.send(wake, { sessionId: sessionOf(about), ...(at ? { at } : {}) })
  }

  /** Stores a reason of our own to look at something and wakes; false when it is stored already. */
  async ask(event: PurchaseEvent): Promise<boolean> {
    const isNew = await this.store(event)
    // What the queue does not take now the sweeper finds.
    if (isNew) await this.wake(event.about).catch(() => {})
    return isNew
  }

  /** Events about this that wait and were stored before an instant. */
  waiting(about: About, before: Date): Promise<Stored<PurchaseEvent>[]> {
    const sql =
      "SELECT * FROM c WHERE c.about = @about AND c.kind = 'event' AND c.state = 'waiting' AND c.at <= @before"
    return this.#items.query(about, { sql, parameters: { about, before: before.toISOString() } })
  }

  /** Events of all that waited too long, as many as one sweep takes. */
  overdue(now: Date, limit: number): Promise<Stored<PurchaseEvent>[]> {
    const sql = "SELECT * FROM c WHERE c.kind = 'event' AND c.due <= @now"
    return this.#items.across({ sql, parameters: { now: now.toISOString() } }, limit)
  }

  /** An event by its id alone, for an operator, who has nothing else. */
  async eventOf(id: string): Promise<Stored<PurchaseEvent> | undefined> {
    const sql = "SELECT * FROM c WHERE c.id = @id AND c.kind = 'event'"
    const [found] = await this.#items.across<PurchaseEvent>({ sql, parameters: { id } }, 1)
    return found
  }

  /** Replaces an event as it was read; false when somebody else has done so, which is as good. */
  update(
    { _etag, ...event }: Stored<PurchaseEvent>,
    change: (event: PurchaseEvent) => PurchaseEvent,
  ): Promise<boolean> {
    return this.#items.replace(event.about, change(event), _etag)
  }

  /** The intent, or undefined. */
  intent(id: string): Promise<Stored<Intent> | undefined> {
    return this.#items.read(id, id)
  }

  /** Stores an intent. False when it is there already. */
  storeIntent(intent: Intent): Promise<boolean> {
    return this.#items.batch(intent.about, [{ create: intent }])
  }

  /** Writes something down about an intent as it was read; false when somebody else did. */
  noteOnIntent(
    { _etag, ...intent }: Stored<Intent>,
    note: Partial<Pick<Intent, 'session' | 'subscriptionId' | 'askedAt'>>,
  ): Promise<boolean> {
    return this.#items.replace(intent.about, { ...intent, ...note }, _etag)
  }
}
