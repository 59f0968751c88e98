import * as z from 'zod'
import { ITEM_OPERATIONS, type ItemRequest } from './item-request.ts'
import { type Parked, Parking } from './parking.ts'

/**
 * What a rule does to a request. Milliseconds are real ones. A request that is held before it is executed is dropped when
 * its client dies; one that `outlivesClient` is then still on its way, and is executed when it is let go.
 */
export const FaultAction = z.union([
  z.strictObject({
    status: z.union([z.literal(429), z.literal(503), z.literal(408), z.literal(449), z.literal(500)]),
    retryAfterMs: z.number().nonnegative().optional(),
  }),
  z.strictObject({ delayMs: z.number().nonnegative() }),
  z.strictObject({ applyThenDrop: z.literal(true) }),
  z.strictObject({ dropBefore: z.literal(true) }),
  z.strictObject({ hold: z.literal(true), after: z.literal(true).optional() }),
  z.strictObject({ hold: z.literal(true), outlivesClient: z.literal(true) }),
])
export type FaultAction = z.infer<typeof FaultAction>

/** A fault asked for: which requests, how many of them (-1: all), what happens to them. */
export const FaultRule = z.strictObject({
  match: z.strictObject({
    container: z.string().optional(),
    operation: z.enum(ITEM_OPERATIONS).optional(),
    partitionKey: z.string().optional(),
  }),
  times: z.int().min(-1),
  do: FaultAction,
})
export type FaultRule = z.infer<typeof FaultRule>

/** The faults asked for, and the requests that they hold. */
export class Faults {
  #rules: FaultRule[] = []
  readonly parking = new Parking()

  /** Adds a rule after those that there are; the first that fits a request is the one that acts. */
  add(rule: FaultRule): void {
    this.#rules.push({ ...rule })
  }

  /** Forgets all rules. What is held stays held. */
  clear(): void {
    this.#rules = []
  }

  rules = (): FaultRule[] => this.#rules

  /** The requests that are held now. */
  held = (): Parked[] => this.parking.list()

  /** Lets go of one held request, or of all; says of how many. */
  release = (id?: string): number => this.parking.release(id)

  /** What is to happen to this request, and counts it as one of the rule's times. */
  take(request: ItemRequest): FaultAction | undefined {
    const rule = this.#rules.find(({ match, times }) => times !== 0 && fits(request, match))
    if (rule && rule.times > 0) rule.times -= 1
    this.#rules = this.#rules.filter(({ times }) => times !== 0)
    return rule?.do
  }
}

const fits = (request: ItemRequest, match: FaultRule['match']) =>
  (['container', 'operation', 'partitionKey'] as const).every(
    (name) => match[name] === undefined || match[name] === request[name],
  )
