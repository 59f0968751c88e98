import { timingSafeEqual } from 'node:crypto'
import { hash } from '@securemailmerge/shared/hash'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { subscriptionView } from '@securemailmerge/shared/http/views'
import { acceptInvitation as accept, deadLink } from '@securemailmerge/shared/licensing/invitation'
import { mayDo } from '@securemailmerge/shared/licensing/subscription'
import type { Services } from './wiring.ts'

/** POST /api/invitations/accept: the signed-in account becomes the owner of a purchase that belongs to nobody. Once. */
export const acceptInvitation = ({ frame, subscriptions }: Services) =>
  endpoint(frame, 'accept_invitation', seatAssignment.accept_invitation, async ({ body, caller, change, now }) => {
    const { subscriptionId, invitationId, secret } = body
    if (!(await subscriptions.read(subscriptionId))) throw deadLink()
    await subscriptions.change(subscriptionId, {
      change,
      // The secret admits; an earlier answer holds nothing that its caller did not send.
      allow: () => {},
      seats: [],
      invitations: [invitationId],
      decide: accept(caller.account, (secretHash) => isHashOf(secretHash, secret)),
    })
    const subscription = await subscriptions.read(subscriptionId)
    if (!subscription || !mayDo(subscription, caller.account, 'see')) throw deadLink()
    return subscriptionView(subscription, caller.account, now)
  })

/** In constant time, so that nobody learns a hash by how long a refusal takes. */
const isHashOf = (secretHash: string, secret: string): boolean =>
  timingSafeEqual(Buffer.from(hash(secret)), Buffer.from(secretHash))
