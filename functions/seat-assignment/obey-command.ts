import { type Own, obeying } from '@securemailmerge/shared/commands'
import { hash } from '@securemailmerge/shared/hash'
import type { Change } from '@securemailmerge/shared/licensing/change'
import { alterGrant, type Grant, granted } from '@securemailmerge/shared/licensing/grant'
import { accountKey, addressKey, ownerHints } from '@securemailmerge/shared/licensing/hints'
import { inviteOwner, recoverOwner } from '@securemailmerge/shared/licensing/invitation'
import { Refusal } from '@securemailmerge/shared/refusal'
import { Command, help } from './command.ts'
import { erasePerson } from './erase-person.ts'
import type { Services } from './wiring.ts'

type Result = Record<string, unknown>
type Asked<Name extends Command['command']> = Extract<Command, { command: Name }>

/** Queue seat-assignment-commands: an operator's command, answered by one log line that the message id finds. */
export const obeyCommand = (services: Services) =>
  obeying(
    { ...services, queue: services.queues.commands },
    { schema: Command, help, obey: (command, messageId) => obey(services, command, messageId) },
  )

async function obey(services: Services, command: Own<Command>, messageId: string): Promise<Result> {
  switch (command.command) {
    case 'look_up':
      return lookUp(services, command)
    case 'grant':
      return grant(services, command, byOperator(services, command, messageId))
    case 'invite_owner':
      return invite(services, command, byOperator(services, command, messageId))
    case 'recover_owner':
      return recover(services, command, byOperator(services, command, messageId))
    case 'erase':
      return erasePerson(services, command, byOperator(services, command, messageId))
  }
}

/** A command that comes again is the same change, by its message id. */
const byOperator = ({ now }: Services, command: Command & { why: string }, messageId: string): Change => ({
  id: hash(messageId),
  fingerprint: hash(JSON.stringify(command)),
  at: now(),
  by: { kind: 'operator' },
  why: command.why,
})

async function grant({ subscriptions, directory }: Services, terms: Grant, change: Change): Promise<Result> {
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
  if (!known) return { subscriptionId, quantity: subscription.quantity, outcome: 'new' }
  const earlier = await subscriptions.entry(subscriptionId, change.id)
  if (earlier?.fingerprint === change.fingerprint) return { subscriptionId, quantity: known.quantity, outcome: 'known' }
  throw new Refusal('idempotency_mismatch', 'This message id was used for another grant.')

  // A message can come twice at once: then the other one's subscription stands, and this one says so.
  async function createdBefore() {
    await directory.write(ownerHints(subscription, change.at))
    const isNew = await subscriptions.create(subscription, entry)
    return isNew ? undefined : subscriptions.read(subscriptionId)
  }
}

/** The link without its secret, which only the operator knows. */
async function invite(
  { subscriptions, origin }: Services,
  { subscriptionId, secretHash }: Asked<'invite_owner'>,
  change: Change,
): Promise<Result> {
  const decide = inviteOwner(secretHash)
  const invited = await subscriptions.change(subscriptionId, {
    change,
    allow: () => {},
    seats: [],
    invitations: 'open',
    decide,
  })
  return { ...invited, link: `${origin}/invitation#${subscriptionId}.${invited.invitationId}.` }
}

async function recover(
  { subscriptions }: Services,
  { subscriptionId, owner }: Asked<'recover_owner'>,
  change: Change,
): Promise<Result> {
  const decide = recoverOwner(owner)
  return subscriptions.change(subscriptionId, { change, allow: () => {}, seats: [], invitations: 'open', decide })
}

/** Ids and states only: the operator reads the items themselves in the portal's explorer. */
async function lookUp(services: Services, asked: Asked<'look_up'>): Promise<Result> {
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
