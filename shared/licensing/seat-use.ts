import * as z from 'zod'
import type { Queue } from '../azure/queue.ts'
import { Account } from '../identity/account.ts'
import type { ProofClaims } from '../identity/proof.ts'
import { SeatId, SubscriptionId } from './subscription.ts'
import type { Verdict } from './verdict.ts'

/** A message of queue `seat-uses`: this account was licensed by that seat. Ids only (H2, F42). */
export const SeatUse = z.object({
  subscriptionId: SubscriptionId,
  seatId: SeatId,
  account: Account,
  /** Of the seat as the look-up saw it; without it nothing is bound. */
  generation: z.int().min(0).optional(),
  /** When the look-up saw it. */
  at: z.iso.datetime().optional(),
  /** What a later version has added is no fault; a message of it that cannot be understood says so by this. */
  version: z.never().optional(),
})
export type SeatUse = z.output<typeof SeatUse>

/** A look-up does not wait longer than this for the queue: what is lost is told again by the next one. */
const PATIENCE_MS = 1_000

/**
 * What to tell seat-assignment after a look-up: a first use, which binds, or the first one of a day (UTC). A proof of
 * today shows that today was told already.
 */
export function useOf(verdict: Verdict, account: Account, last: ProofClaims | undefined, now: Date): SeatUse | null {
  if (verdict.footer || !verdict.found) return null
  const { subscriptionId, seatId } = verdict.found.seat
  const day = (seconds: number) => Math.floor(seconds / 86_400)
  const same = last?.subscription === subscriptionId && last.seat === seatId
  const toldToday = same && day(last.iat) === day(now.getTime() / 1000)
  if (verdict.found.seat.account && toldToday) return null
  return { subscriptionId, seatId, account, generation: verdict.found.seat.generation ?? 0, at: now.toISOString() }
}

/** The instant of a use; never one that is yet to come, for it would hide all before it. */
export const usedAt = ({ at }: SeatUse, now: Date): Date =>
  at === undefined || Date.parse(at) > now.getTime() ? now : new Date(at)

/** Tells it. @throws when the queue has not taken it within a second */
export async function tellUse(uses: Queue, use: SeatUse): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('queue is slow')), PATIENCE_MS)
  })
  await Promise.race([uses.send(use), late]).finally(() => clearTimeout(timer))
}
