import { type Own, obeying } from '@securemailmerge/shared/commands'
import { hash } from '@securemailmerge/shared/hash'
import type { Change } from '@securemailmerge/shared/licensing/change'
import { purchasedId, SWEEP_AFTER_MS } from '@securemailmerge/shared/purchasing/event'
import { boughtAt, extend } from '@securemailmerge/shared/purchasing/managing'
import { refresh } from '@securemailmerge/shared/purchasing/refresh'
import { walk } from '@securemailmerge/shared/purchasing/walk'
import { Refusal } from '@securemailmerge/shared/refusal'
import { Command, help } from './command.ts'
import type { Services } from './wiring.ts'

type Result = Record<string, unknown>

/** Queue purchase-webhooks-commands: an operator's command, answered by one log line that the message id finds. */
export const obeyCommand = (services: Services) =>
  obeying(
    { ...services, queue: services.queues.commands },
    { schema: Command, help, obey: (command, messageId) => obey(services, command, messageId) },
  )

async function obey(services: Services, command: Own<Command>, messageId: string): Promise<Result> {
  switch (command.command) {
    case 'reconcile':
      return reconcile(services, command)
    case 'replay_event':
      return replay(services, command.event)
    case 'extend':
      return extended(services, command, messageId)
  }
}

async function reconcile(
  services: Services,
  { subscriptionId, seller, all }: Extract<Command, { command: 'reconcile' }>,
): Promise<Result> {
  if (all) return { ...(await walk(services)) }
  const sellersId = seller ?? (await sellersIdOf(services, subscriptionId ?? ''))
  const outcome = await refresh(services, sellersId)
  const ours = await services.subscriptions.read(purchasedId(services.mode, sellersId))
  if (!ours) return { seller: sellersId, outcome }
  const { quantity, assigned, state, term, paidUntil } = ours
  return { seller: sellersId, subscriptionId: ours.subscriptionId, outcome, quantity, assigned, state, term, paidUntil }
}

async function sellersIdOf({ subscriptions }: Services, subscriptionId: string): Promise<string> {
  const ours = await subscriptions.read(subscriptionId)
  if (!ours) throw new Refusal('not_found', 'There is no such subscription.')
  return boughtAt(ours).subscription
}

/** Lets an event be handled again, whatever became of it; that is a look at the seller and cannot do harm. */
async function replay({ purchases, mode, now }: Services, eventId: string): Promise<Result> {
  const found = await purchases.eventOf(eventId.startsWith('own:') ? eventId : `${mode}:${eventId}`)
  if (!found) throw new Refusal('not_found', 'There is no such event.')
  const due = new Date(now().getTime() + SWEEP_AFTER_MS).toISOString()
  await purchases.update(found, (event) => ({ ...event, state: 'waiting', why: null, attempts: 0, due }))
  await purchases.wake(found.about)
  return { event: eventId, about: found.about, type: found.type, was: found.state }
}

async function extended(
  { subscriptions, now }: Services,
  { subscriptionId, days, why }: Extract<Command, { command: 'extend' }>,
  messageId: string,
): Promise<Result> {
  const at = now()
  const until = new Date(at.getTime() + days * 86_400_000).toISOString()
  const change: Change = {
    id: hash(messageId),
    fingerprint: hash(subscriptionId, String(days)),
    at,
    by: { kind: 'operator' },
    why,
  }
  return subscriptions.change(subscriptionId, { change, allow: () => {}, seats: [], decide: extend(until) })
}
