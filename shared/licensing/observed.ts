import type { Items, Stored, Write } from '../azure/items.ts'
import { Refusal } from '../refusal.ts'
import { places } from './attempt.ts'
import { type Change, historyEntry, type Observation } from './change.ts'
import type { Directory } from './directory.ts'
import { ranked } from './over-quantity.ts'
import type { Subscription } from './subscription.ts'

/** How long a refresh tries before it says that others were faster. */
const PATIENCE_MS = 20_000

/** What a look brought; without `write` nothing is written. */
export interface Look {
  write: Observation | null
}

/**
 * Brings a subscription to what the outside says: read ours, look outside, write under the ETag that was read, even when
 * nothing differs; beaten by another writer, everything from the beginning, the look included. So no write is older than
 * what it replaces (B1).
 * @returns what the look brought whose write counted
 * @throws Refusal `changed_meanwhile` after 20 s, `unavailable`; whatever `look` throws
 */
export async function observe<L extends Look>(
  stores: { subscriptions: Items; directory: Directory },
  subscriptionId: string,
  look: (ours: Subscription | undefined) => Promise<L>,
  now: () => Date,
): Promise<L> {
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    const ours = await stores.subscriptions.read<Subscription>(subscriptionId, 'subscription')
    const seen = await look(ours)
    if (!seen.write) return seen
    const written = { ...seen.write, subscription: await rank(stores.subscriptions, seen.write.subscription) }
    await stores.directory.write(written.hints)
    if (await stores.subscriptions.batch(subscriptionId, writes(ours, written, now()))) return seen
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40))
  }
  throw new Refusal('changed_meanwhile', 'Others change this subscription at the same time. Try again.')
}

/** While more is assigned than bought, marks which seats are over. */
async function rank(items: Items, subscription: Subscription): Promise<Subscription> {
  const { assigned, quantity, subscriptionId } = subscription
  return ranked(subscription, assigned > quantity ? await places(items, subscriptionId) : [])
}

function writes(ours: Stored<Subscription> | undefined, { subscription, did, shown }: Observation, at: Date): Write[] {
  const { subscriptionId } = subscription
  const first: Write = ours ? { replace: subscription, etag: ours._etag } : { create: subscription }
  if (!did) return [first]
  const change: Change = {
    id: crypto.randomUUID(),
    fingerprint: '',
    at,
    by: { kind: 'system' },
    why: subscription.why,
  }
  return [first, { create: historyEntry(subscriptionId, change, { did, answer: shown }) }]
}
