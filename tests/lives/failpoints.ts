import type { World } from './world.ts'

/** Where a host is killed: how far it has got with an event, seen from outside. */
export const failpoints = ['received', 'stored', 'woken', 'read', 'fetched', 'written', 'settled'] as const
export type Failpoint = (typeof failpoints)[number]

type Step = [container: string, operation: 'batch' | 'read' | 'replace', after: boolean]
const steps: Record<Exclude<Failpoint, 'woken' | 'fetched'>, Step> = {
  received: ['purchases', 'batch', false],
  stored: ['purchases', 'batch', true],
  read: ['subscriptions', 'read', true],
  written: ['subscriptions', 'batch', true],
  settled: ['purchases', 'replace', true],
}

/** Lets the next request at this point come so far and no further. Answers whether one has. */
export function arm(world: World, failpoint: Failpoint): () => boolean {
  const { cosmos, bus, stripe } = world
  if (failpoint === 'fetched') {
    stripe.faults.add({ method: 'GET', path: 'subscriptions/', times: 1, do: { hold: 'after' } })
    return () => stripe.faults.held > 0
  }
  if (failpoint === 'woken') {
    // The queue has taken the wake, and its sender is never told.
    bus.faults.add({ queue: 'purchases', do: 'drop_connection', times: 1, delayMs: 0 })
    return () => bus.faults.list().length === 0
  }
  const [container, operation, after] = steps[failpoint]
  cosmos.faults.add({ match: { container, operation }, times: 1, do: { hold: true, ...(after ? { after } : {}) } })
  return () => cosmos.faults.held().length > 0
}

/** Ends all faults and lets go of what they held. */
export function disarm({ cosmos, bus, stripe }: World): void {
  cosmos.faults.clear()
  cosmos.faults.release()
  bus.faults.clear()
  stripe.faults.clear()
  stripe.faults.release()
}
