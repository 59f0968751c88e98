import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import type { System } from '../system.ts'

/** An item of a container, newest first in its list; `_ts` is in seconds. */
export type Item = Record<string, unknown> & { id: string; _ts: number }

/** A message of a queue as the control API of the Service Bus shows it. */
export interface Message {
  sequenceNumber: number
  state: string
  body: unknown
  enqueuedAt: string | null
  scheduledFor: string | null
  deliveryCount: number
  deadLetterReason: string | null
}

/** A queue: how many messages are in which state, and the first hundred of them. */
export interface Queue {
  name: string
  active: number
  scheduled: number
  locked: number
  deadLetter: number
  messages: Message[]
}

/** What the page shows of the stand-ins; null where one does not answer. */
export interface Snapshot {
  containers: { name: string; items: Item[] | null }[]
  queues: Queue[] | null
  /** Faults that are still to strike. */
  storeFaults: { do: { status?: number } }[]
  queueFaults: object[]
}

/** Asks the stand-ins what they hold. Never throws. */
export async function snapshot({ cosmos, busControl }: System): Promise<Snapshot> {
  const containers = Object.keys(names.containers).map(async (name) => ({
    name,
    items: await read<Item[]>(`${cosmos}/_local/items?container=${name}`),
  }))
  const [queues, storeFaults, queueFaults] = await Promise.all([
    read<{ queues: Queue[] }>(`${busControl}/queues`),
    read<Snapshot['storeFaults']>(`${cosmos}/_local/faults`),
    read<{ faults: object[] }>(`${busControl}/faults`),
  ])
  return {
    containers: await Promise.all(containers),
    queues: queues?.queues ?? null,
    storeFaults: storeFaults ?? [],
    queueFaults: queueFaults?.faults ?? [],
  }
}

/** A subscription as its container holds it, as far as the page reads it. */
export interface StoredSubscription {
  subscriptionId: string
  owner: { tenantId: string; objectId: string } | null
  name: string
  assigned: number
  quantity: number
}

/** All subscriptions of a snapshot, newest first. */
export const storedSubscriptions = ({ containers }: Snapshot): StoredSubscription[] =>
  (containers.find(({ name }) => name === 'subscriptions')?.items ?? []).flatMap((item) =>
    item.kind === 'subscription' ? [item as Item & StoredSubscription] : [],
  )

async function read<T>(address: string): Promise<T | null> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(2_000) })
    return response.ok ? ((await response.json()) as T) : null
  } catch {
    return null
  }
}
