import type { Items, Stored, Write } from '../azure/items.ts'
import { Refusal } from '../refusal.ts'
import { places } from './attempt.ts'
import { type Change, historyEntry, type Observation } from './change.ts'
import type { Directory } from './directory.ts'
import { ranked } from './over-quantity.ts'
import type { Subscription } from './subscription.ts'

/** How long a refresh goes on after its first look before it says that others were faster. */
const PATIENCE_MS = 5_000

/** What a look brought. */
export interface Look {
  /** What is to be written over ours, as it is by then: pure, asked for each version. Null: nothing is. */
  write: ((ours: Subscription | undefined) => Observation) | null
}

/**
 * Brings a subscription to what the outside says: read ours, look outside, write under the ETag that was read, even when
 * nothing differs. Beaten by another look, it looks again; beaten by a change of ours, which says nothing of the outside,
 * it writes what it saw over that: else whoever changes all the time would never be looked at. Either way no write is
 * older than the look that it replaces (B1).
 * @returns what the look brought whose write counted
 * @throws Refusal `changed_meanwhile` after 5 s, `unavailable`; whatever `look` throws
 */
export async function observe<L extends Look>(
  stores: { subscriptions: Items; directory: Directory },
  subscriptionId: string,
  look: (ours: Subscription | undefined) => Promise<L>,
  now: () => Date,
): Promise<L> {
  const { subscriptions, directory } = stores
  const read = () => subscriptions.read<Subscription>(subscriptionId, 'subscription')
  let ours = await read()
  let seen = await look(ours)
  const deadline = performance.now() + PATIENCE_MS
  while (seen.write) {
    const { hints, ...observed } = seen.write(ours)
    const subscription = toldApart(await rank(subscriptions, observed.subscription), ours)
    await directory.write(hints)
    if (await subscriptions.batch(subscriptionId, writes(ours, { ...observed, subscription }, now()))) return seen
    if (performance.now() > deadline)
      throw new Refusal('changed_meanwhile', 'Others change this subscription at the same time. Try again.')
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40))
    const next = await read()
    if (next?.seenAt !== ours?.seenAt) seen = await look(next)
    ours = next
  }
  return seen
}

/** With an instant of its own, whatever the clocks of two hosts say: by it looks are told apart. */
function toldApart(subscription: Subscription, ours: Subscription | undefined): Subscription {
  const { seenAt } = subscription
  const before = ours?.seenAt
  if (!seenAt || !before || seenAt > before) return subscription
  return { ...subscription, seenAt: new Date(Date.parse(before) + 1).toISOString() }
}

/** While more is assigned than bought, marks which seats are over. */
async function rank(items: Items, subscription: Subscription): Promise<Subscription> {
  const { assigned, quantity, subscriptionId } = subscription
  return ranked(subscription, assigned > quantity ? await places(items, subscriptionId) : [])
}

function writes(
  ours: Stored<Subscription> | undefined,
  { subscription, did, shown }: Omit<Observation, 'hints'>,
  at: Date,
): Write[] {
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
