import { obeying } from '@securemailmerge/shared/commands'
import { hash } from '@securemailmerge/shared/hash'
import type { Change } from '@securemailmerge/shared/licensing/change'
import { alterGrant, type Grant, granted, grantHints } from '@securemailmerge/shared/licensing/grant'
import { accountKey, addressKey } from '@securemailmerge/shared/licensing/hints'
import { Command, help } from './command.ts'
import type { Services } from './wiring.ts'

type Result = Record<string, unknown>

/** Queue seat-assignment-commands: an operator's command, answered by one log line that the message id finds. */
export const obeyCommand = (services: Services) =>
  obeying({ ...services, queue: services.queues.commands }, Command, (command, messageId) =>
    obey(services, command, messageId),
  )

async function obey(services: Services, command: Command, messageId: string): Promise<Result> {
  switch (command.command) {
    case 'help':
      return { commands: help }
    case 'look_up':
      return lookUp(services, command)
    case 'grant':
      return grant(services, command, messageId)
    case 'stop':
    case 'go':
      await services.operations.set(command.switch, command.command === 'stop', command.why, messageId)
      return { switch: command.switch, on: command.command === 'stop' }
  }
}

async function grant({ subscriptions, directory, now }: Services, terms: Grant, messageId: string): Promise<Result> {
  const at = now()
  const change: Change = {
    id: hash(messageId),
    fingerprint: hash(JSON.stringify(terms)),
    at,
    by: { kind: 'operator' },
    why: terms.why,
  }
  if (terms.subscriptionId) {
    const decide = alterGrant(terms)
    return subscriptions.change(terms.subscriptionId, {
      change,
      allow: () => {},
      seats: [],
      decide,
    })
  }
  const { subscription, entry } = granted(terms, change)
  const { subscriptionId } = subscription
  const known = (await subscriptions.read(subscriptionId)) ?? (await createdBefore())
  if (known) return { subscriptionId, quantity: known.quantity, outcome: 'known' }
  return { subscriptionId, quantity: subscription.quantity, outcome: 'new' }

  // A message can come twice at once: then the other one's subscription stands, and this one says so.
  async function createdBefore() {
    await directory.write(grantHints(subscription, at))
    const isNew = await subscriptions.create(subscription, entry)
    return isNew ? undefined : subscriptions.read(subscriptionId)
  }
}

/** Ids and states only: the operator reads the items themselves in the portal's explorer. */
async function lookUp(services: Services, asked: Extract<Command, { command: 'look_up' }>): Promise<Result> {
  const { subscriptions, directory } = services
  const keys = [asked.account && accountKey(asked.account), asked.address && addressKey(asked.address)]
  const given = keys.filter((key) => key !== undefined)
  const hints = await Promise.all(given.map((key) => directory.hints(key, 'seat')))
  const roles = asked.account ? (await directory.roles(asked.account, 20, null)).items : []
  const ids = [asked.subscriptionId, ...[...hints.flat(), ...roles].map(({ subscriptionId }) => subscriptionId)]
  const unique = [...new Set(ids.filter((id) => id !== undefined))]
  const found = await Promise.all(unique.map((id) => subscriptions.read(id)))
  const seats = hints.flat().map(({ subscriptionId, seatId, kind, key, id }) => ({
    subscriptionId,
    seatId,
    kind,
    key,
    id,
  }))
  const states = found.flatMap((one) => {
    if (!one) return []
    const { subscriptionId, source, quantity, assigned, state, term, paidUntil, overFrom } = one
    return [
      {
        subscriptionId,
        source,
        quantity,
        assigned,
        state,
        term,
        paidUntil,
        overFrom,
      },
    ]
  })
  return { subscriptions: states, hints: seats }
}
