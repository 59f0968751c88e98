import type { TimerHandler } from '@azure/functions'
import { log } from '@securemailmerge/shared/log'
import { isStopped } from './turn-parts.ts'
import type { Services } from './wiring.ts'

/** Mailboxes that one sweep revives. */
const MOST = 500
/** A wake is overdue when its tick should have been acted upon so long ago (E1). */
const OVERDUE_MS = 30_000

/** Every half minute: sends the wake of mailboxes again whose tick is lost. */
export const sweepMailboxes =
  (services: Services): TimerHandler =>
  async (_timer, context) => {
    // While nothing may be sent a wake would only be put aside; the first sweep after that finds them all.
    if (await isStopped(services)) return
    const { sending, tick } = services
    // The store's clock is heard with the first answer.
    await sending.mailbox('none')
    const overdue = await sending.overdue(new Date(sending.now().getTime() - OVERDUE_MS), MOST)
    for (const { mailboxId, wake } of overdue)
      await tick(mailboxId, wake.number, null).catch(() =>
        log(context, 'warn', 'wake_not_sent', { service: 'merge-send-queue', mailbox: mailboxId }),
      )
    if (overdue.length > 0)
      log(context, 'warn', 'mailboxes_swept', { service: 'merge-send-queue', mailboxes: overdue.length })
  }
