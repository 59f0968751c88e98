import { type Mailbox, wokenAt } from './mailbox.ts'
import { claimableAt } from './moves.ts'
import { noticesOf } from './notice.ts'
import type { Need } from './windows.ts'

/** A cut-off claim is settled no sooner than this after it began, by the store's clock (E2). */
export const LEASE_MS = 120_000
/** One that cannot be settled yet is looked at again. */
const LOOK_AGAIN_MS = 60_000
/** The wake that a turn has set stands when it comes so little late, or so little early. */
const LATE_MS = 500
const EARLY_MS = 5_000

/** A mailbox that waits for a sign-in is looked at now and then: nobody may have heard of it. */
const LOST_LOOK_MS = 2 * 3_600_000

/** What every mail takes. */
export const LEAST: Need = { recipients: 1, bytes: 0 }

/** When there is next something to do for a mailbox, null when there is nothing. */
export function nextLookAt(mailbox: Mailbox, now: Date): Date | null {
  const { claims, open, lost } = mailbox
  const notices = noticesOf(mailbox)
  const instants = claims.map(({ at }) => {
    const due = Date.parse(at) + LEASE_MS
    return due > now.getTime() ? due : now.getTime() + LOOK_AGAIN_MS
  })
  if (lost && open.length > 0) instants.push(now.getTime() + LOST_LOOK_MS)
  if (!lost && open.length + notices.length > 0) {
    const first = notices.length > 0 ? now.getTime() : Math.min(...open.map(({ at }) => Date.parse(at)))
    const allowed = claimableAt(mailbox, LEAST, now)
    if (allowed) instants.push(Math.max(first, allowed.getTime()))
  }
  return instants.length === 0 ? null : new Date(Math.min(...instants))
}

/**
 * Sets the wake of a mailbox whose turn is over. The one that the turn has scheduled stands when it comes in time, and not
 * long before; a mailbox with nothing to do sleeps. The same mailbox when nothing changes.
 */
export function nextLook(mailbox: Mailbox, now: Date): Mailbox {
  const at = nextLookAt(mailbox, now)
  const set = mailbox.wake.at === null ? null : Date.parse(mailbox.wake.at)
  if (at === null) return set === null ? mailbox : wokenAt(mailbox, null)
  if (set !== null && set - at.getTime() <= LATE_MS && at.getTime() - set <= EARLY_MS) return mailbox
  return wokenAt(mailbox, new Date(Math.max(at.getTime(), now.getTime())))
}

/** A turn is over: it sets the next wake, unless another one is under way, which looks at what is left. */
export function turnOver(mailbox: Mailbox, own: number, now: Date): Mailbox {
  if (mailbox.acting !== null && mailbox.acting !== own) return mailbox
  return { ...nextLook(mailbox, now), acting: null }
}
