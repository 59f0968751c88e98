import type { Ledger } from '@securemailmerge/shared/merging/ledger'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import type { Stored as Message } from '../../infra/local/service-bus/stored.ts'
import { decode, readableBody } from '../../infra/local/service-bus/wire.ts'
import type { World } from './world.ts'

/** A mailbox in the store, and the rows that it has claimed. */
export interface Look {
  mailbox: Mailbox
  claimed: Ledger[]
}

/** What stands in the store about a mailbox, seen from outside. */
export function lookAt({ cosmos }: World, mailboxId: string): Look | undefined {
  const items = cosmos.items('sending', mailboxId) as unknown as (Mailbox | Ledger)[]
  const mailbox = items.find((item): item is Mailbox => item.kind === 'mailbox')
  if (!mailbox) return undefined
  const ids = new Set(mailbox.claims.map(({ campaignId, position }) => `row:${campaignId}:${position}`))
  return { mailbox, claimed: items.filter((item): item is Ledger => ids.has(item.id)) }
}

/** A tick in the queue. */
export interface Queued {
  mailboxId: string
  number: number
  message: Message
}

/** The ticks that the queue holds, due or not. */
export const ticksIn = (world: World): Queued[] =>
  queueOf(world)
    .peek('main', 0, 10_000)
    .map((message) => ({ ...(readableBody(decode(message.bytes)) as Omit<Queued, 'message'>), message }))

/** The queue itself. */
export const queueOf = ({ bus }: World) => bus.queues.get('ticks') as NonNullable<ReturnType<typeof bus.queues.get>>

/** Waits until something holds, or for so many real ms. */
export async function until(holds: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return true
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
