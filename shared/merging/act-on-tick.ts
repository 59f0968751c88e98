import { type Mailbox, wokenAt } from './mailbox.ts'
import { TURN_MS, type TurnParts, takeTurn } from './turn.ts'

/** Body of a message on queue `ticks`: a mailbox and the number of its wake. Ids only. */
export interface Tick {
  mailboxId: string
  number: number
}

/** What a tick came to. `ahead` proves the store to be older than the queue (E8). */
export type Acted = 'acted' | 'stale' | 'ahead' | 'stopped'

/** What acting on a tick makes of its mailbox before anything else: the next wake. Null for a tick that is not its wake. */
export function actedOn(mailbox: Mailbox, number: number, now: Date): Mailbox | null {
  if (mailbox.wake.number !== number || mailbox.wake.at === null) return null
  const moved = wokenAt(mailbox, new Date(now.getTime() + TURN_MS))
  return { ...moved, acting: moved.wake.number }
}

/**
 * Acts on a tick if its number is the mailbox's: moves the wake on and sends the next tick before anything else, so that
 * any number of copies of a tick is one tick (E1).
 * @param deliveries how often this message has come
 */
export async function actOnTick(parts: TurnParts, { mailboxId, number }: Tick, deliveries: number): Promise<Acted> {
  if (!(await parts.maySend())) return 'stopped'
  const made = await parts.sending.change(mailboxId, [], ({ mailbox, now }) => {
    const moved = actedOn(mailbox, number, now)
    return moved
      ? { answer: { wake: moved.wake, isOurs: true }, mailbox: moved }
      : { answer: { wake: mailbox.wake, isOurs: false } }
  })
  // Erased, or not made yet in a copy of before: the epoch tells of that.
  if (!made) return 'stale'
  const { wake, isOurs } = made.answer
  if (!isOurs && number > wake.number) return 'ahead'
  // A redelivered one may have died between storing its successor and sending it.
  if (wake.at !== null && (isOurs || deliveries > 1)) await parts.tick(mailboxId, wake.number, new Date(wake.at))
  if (!isOurs) return 'stale'
  await takeTurn(parts, mailboxId, wake.number)
  return 'acted'
}
