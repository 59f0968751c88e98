import type { Items } from '../azure/items.ts'
import { Refusal } from '../refusal.ts'
import { attempt, type Outcome, type Request } from './attempt.ts'
import type { Directory } from './directory.ts'

/** How long a change tries before it says that others were faster. */
const PATIENCE_MS = 5_000
/** Operations in a batch that requests may use; one is kept for the subscription item. */
const BATCH_OPERATIONS = 99

interface Waiting {
  request: Request<unknown>
  deadline: number
  settle: (outcome: Outcome) => void
  /** What stood in the way when it was last tried. */
  failure: Refusal
}

const beaten = () => new Refusal('changed_meanwhile', 'Others change this subscription at the same time. Try again.')

/**
 * The changes that wait in this process, a line for each subscription. Those of one line share batches, so that a
 * company's first Monday is dozens of batches and not tens of thousands (A4).
 */
export class WaitingLine {
  readonly #stores: { subscriptions: Items; directory: Directory }
  readonly #lines = new Map<string, Waiting[]>()

  constructor(stores: { subscriptions: Items; directory: Directory }) {
    this.#stores = stores
  }

  /** Joins the line. The outcome comes when it was written, or after 5 s with what stood in the way. */
  join(subscriptionId: string, request: Request<unknown>): Promise<Outcome> {
    return new Promise((settle) => {
      const waiting = { request, deadline: performance.now() + PATIENCE_MS, settle, failure: beaten() }
      const line = this.#lines.get(subscriptionId)
      if (line) line.push(waiting)
      else {
        this.#lines.set(subscriptionId, [waiting])
        void this.#work(subscriptionId)
      }
    })
  }

  async #work(subscriptionId: string): Promise<void> {
    const line = this.#lines.get(subscriptionId) ?? []
    while (line.length > 0) {
      // Requests that come in the same turn of the event loop travel together.
      await new Promise((resolve) => setImmediate(resolve))
      const group = taken(line)
      if (group.length === 0) continue
      const outcomes = await this.#attempt(subscriptionId, group)
      if (!outcomes) line.unshift(...group)
      else for (const [index, { settle }] of group.entries()) settle(outcomes[index] as Outcome)
    }
    this.#lines.delete(subscriptionId)
  }

  /** Undefined when the group must be asked again. */
  async #attempt(subscriptionId: string, group: Waiting[]): Promise<Outcome[] | undefined> {
    const requests = group.map(({ request }) => request)
    let failure: Refusal
    try {
      const outcomes = await attempt(this.#stores, subscriptionId, requests)
      if (outcomes) return outcomes
      failure = beaten()
    } catch (error) {
      // After an outage nobody knows whether the batch was written: asked again, a change meets its own entry (A7).
      if (!(error instanceof Refusal)) return group.map(() => ({ error }))
      failure = error
    }
    for (const waiting of group) waiting.failure = failure
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40))
    return undefined
  }
}

/**
 * Takes from the line what fits into one batch: people before our own bindings, each in the order they came. Whoever has
 * waited too long is answered with what stood in the way.
 */
function taken(line: Waiting[]): Waiting[] {
  const now = performance.now()
  const patient = line.splice(0).filter((waiting) => {
    const isLate = waiting.deadline <= now
    if (isLate) waiting.settle({ error: waiting.failure })
    return !isLate
  })
  line.push(...patient.sort((a, b) => Number(isOurs(a)) - Number(isOurs(b))))
  let operations = 0
  const fits = line.findIndex(({ request }) => {
    operations += operationsOf(request)
    return operations > BATCH_OPERATIONS
  })
  return line.splice(0, fits === -1 ? line.length : Math.max(1, fits))
}

/** At most: its seats, its history entry and those it looks at, its invitations, or one and the one that it ends. */
const operationsOf = ({ seats, invitations = [], entries = [] }: Request<unknown>): number =>
  seats.length + 1 + entries.length + (invitations === 'open' ? 2 : invitations.length)

const isOurs = ({ request }: Waiting): boolean => request.change.by.kind === 'system'
