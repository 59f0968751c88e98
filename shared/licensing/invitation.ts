import * as z from 'zod'
import { hash } from '../hash.ts'
import { type Account, sameAccount } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import type { Decide } from './change.ts'
import { ownerHints } from './hints.ts'
import { type Invitation, invitationItem, type Subscription } from './subscription.ts'

/** How long an invitation can be accepted. */
export const INVITATION_MS = 30 * 24 * 3_600_000

/** What a link carries: 33 random bytes in base64url. Never stored, logged or sent in a message. */
export const InvitationSecret = z.string().regex(/^[A-Za-z0-9_-]{44}$/, 'not_an_invitation_secret')

/** base64url SHA-256 of the characters of a secret. */
export const SecretHash = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not_a_hash')

/** What whoever opens a link is told, whatever is wrong with it. */
export const deadLink = (): Refusal => new Refusal('not_found', 'This link does not work (any more).')

/** What an operator is told of an invitation. */
export interface Invited {
  subscriptionId: string
  invitationId: string
  expiresAt: string
}

/**
 * Invites whoever knows a secret to own what belongs to nobody. An earlier invitation that is still open ends.
 * @throws Refusal `not_allowed` when somebody owns it
 */
export const inviteOwner =
  (secretHash: string): Decide<Invited> =>
  ({ subscription, invitations = [] }, { id, at }) => {
    if (subscription.owner) throw new Refusal('not_allowed', 'This subscription has an owner.')
    const invitation = newInvitation(subscription, `inv_${hash('invitation', id).slice(0, 22)}`, secretHash, at)
    const { subscriptionId, invitationId, expiresAt } = invitation
    return {
      answer: { subscriptionId, invitationId, expiresAt },
      did: 'invited_owner',
      // Written as it is, for its ETag: whoever invites or becomes the owner at the same time is met here.
      subscription: { ...subscription },
      invitations: [...invitations.map(ended), invitation],
    }
  }

/**
 * Makes an account the owner of what belongs to nobody. An address counts for nothing here, only the secret does. Once;
 * the account that did it may repeat it for as long as it is the owner.
 * @param fits whether the caller's secret has this hash
 * @throws Refusal `not_found`, always the same: wrong, used by another, ended, expired, owned by now
 */
export const acceptInvitation =
  (account: Account, fits: (secretHash: string) => boolean): Decide<{ subscriptionId: string }> =>
  ({ subscription, invitations: [invitation] = [] }, { at }) => {
    if (!invitation || !fits(invitation.secretHash)) throw deadLink()
    const answer = { subscriptionId: subscription.subscriptionId }
    const { owner } = subscription
    if (sameAccount(invitation.account, account) && sameAccount(owner, account)) return { answer }
    if (owner || !isOpen(invitation, at)) throw deadLink()
    const claimed = { ...subscription, owner: account }
    return {
      answer,
      did: 'claimed',
      subscription: claimed,
      invitations: [{ ...invitation, state: 'accepted', account, acceptedAt: at.toISOString() }],
      hints: ownerHints(claimed, at),
    }
  }

/** An operator who has seen proof sets the owner, whoever it was; also to undo a wrong claim. Open invitations end. */
export const recoverOwner =
  (owner: Account): Decide<{ subscriptionId: string }> =>
  ({ subscription, invitations = [] }, { at }) => {
    const recovered = { ...subscription, owner }
    return {
      answer: { subscriptionId: subscription.subscriptionId },
      did: 'recovered',
      subscription: recovered,
      invitations: invitations.map(ended),
      hints: ownerHints(recovered, at),
    }
  }

const isOpen = ({ state, expiresAt }: Invitation, at: Date): boolean =>
  state === 'open' && at.getTime() < Date.parse(expiresAt)

const ended = (invitation: Invitation): Invitation => ({ ...invitation, state: 'ended' })

const newInvitation = (
  { subscriptionId }: Subscription,
  invitationId: string,
  secretHash: string,
  at: Date,
): Invitation => ({
  id: invitationItem(invitationId),
  kind: 'invitation',
  subscriptionId,
  invitationId,
  for: 'owner',
  secretHash,
  state: 'open',
  at: at.toISOString(),
  expiresAt: new Date(at.getTime() + INVITATION_MS).toISOString(),
  account: null,
  acceptedAt: null,
})
