import * as z from 'zod'
import { TypedAddress } from '../../licensing/address.ts'
import { Details } from '../../licensing/details.ts'
import { InvitationSecret } from '../../licensing/invitation.ts'
import { SEATS_PER_CALL } from '../../licensing/seats.ts'
import { InvitationId, SeatId, SubscriptionId } from '../../licensing/subscription.ts'
import { type Client, route } from '../contract.ts'
import { DetailChangeView, SeatView, State, SubscriptionView } from './views.ts'

const none = z.object({})
const noBody = z.undefined()
const clients: Client[] = ['addIn', 'portal']
const OneSubscription = z.object({ subscriptionId: SubscriptionId })
// A continuation goes into a header: other characters would be a fault there, and here they are the caller's.
const Next = z
  .string()
  .max(4000)
  .regex(/^[\x21-\x7e]+$/, 'not_a_continuation')
  .nullable()
  .default(null)
const Limit = z.coerce.number().int().min(1).max(200).default(50)

const Deed = z.object({
  seat: z.string(),
  address: z.string(),
  outcome: z.string(),
})
const Counts = { quantity: z.int().min(0), assigned: z.int().min(0) }
const Listed = {
  next: z.string().nullable().meta({ description: 'Address of the next page, or null.' }),
}
const Seats = z.strictObject({
  seats: z.array(SeatId).min(1).max(SEATS_PER_CALL),
})

/** Seats that one call may take from people without signing in once more. */
const FEW = 10
// What hits many people at once is asked of who has just shown who they are (F18).
const mass = { needsFreshSignIn: ({ seats }: z.output<typeof Seats>) => seats.length > FEW }

const reading = {
  method: 'GET',
  clients,
  body: noBody,
  perMinute: 300,
  bodyLimit: 0,
} as const
const writing = {
  method: 'POST',
  keepsKey: true,
  clients,
  query: none,
  perMinute: 300,
  bodyLimit: 64 * 1024,
} as const

/** Routes of seat-assignment. */
export const seatAssignment = {
  list_subscriptions: route({
    ...reading,
    path: 'subscriptions',
    summary: 'Subscriptions that the signed-in person may manage.',
    params: none,
    query: z.object({ limit: Limit, next: Next }),
    answer: z.object({ subscriptions: z.array(SubscriptionView), ...Listed }),
    refusals: [],
  }),
  show_subscription: route({
    ...reading,
    path: 'subscriptions/{subscriptionId}',
    summary: 'One subscription.',
    params: OneSubscription,
    query: none,
    answer: SubscriptionView,
    refusals: ['not_found'],
  }),
  describe_subscription: route({
    ...writing,
    path: 'subscriptions/{subscriptionId}/details',
    summary: 'Gives it another name, reference or contact text; what is not named stays.',
    params: OneSubscription,
    body: Details,
    answer: SubscriptionView,
    refusals: ['not_found'],
  }),
  list_seats: route({
    ...reading,
    path: 'subscriptions/{subscriptionId}/seats',
    summary: 'Seats, the newest first; `prefix` finds addresses and domains that begin so.',
    params: OneSubscription,
    query: z.object({
      prefix: z.string().trim().toLowerCase().min(1).max(254).nullable().default(null),
      state: z.enum(['assigned', 'bound', 'released']).nullable().default(null),
      limit: Limit,
      next: Next,
    }),
    answer: z.object({ seats: z.array(SeatView), ...Listed }),
    refusals: ['not_found'],
  }),
  assign_seats: route({
    ...writing,
    path: 'subscriptions/{subscriptionId}/seats',
    summary: 'A seat for each address, all or none. Safe to repeat. `self` says that the one address is my own.',
    params: OneSubscription,
    body: z
      .strictObject({
        addresses: z.array(TypedAddress).min(1).max(SEATS_PER_CALL),
        self: z.boolean().default(false),
      })
      .refine(({ self, addresses }) => !self || addresses.length === 1, {
        path: ['self'],
        message: 'needs_exactly_one_address',
      }),
    answer: z.object({ ...Counts, seats: z.array(Deed) }),
    refusals: ['not_found', 'no_free_seat', 'not_licensing'],
  }),
  withdraw_seats: route({
    ...writing,
    ...mass,
    path: 'subscriptions/{subscriptionId}/seats/withdraw',
    summary: 'Takes seats back, all or none; their holders are free at the next look-up.',
    params: OneSubscription,
    body: Seats,
    answer: z.object({ ...Counts, seats: z.array(Deed) }),
    refusals: ['not_found'],
  }),
  rebind_seats: route({
    ...writing,
    ...mass,
    path: 'subscriptions/{subscriptionId}/seats/rebind',
    summary: 'Frees seats from the accounts that hold them; the next account with evidence for the address has them.',
    params: OneSubscription,
    body: Seats,
    answer: z.object({ seats: z.array(Deed) }),
    refusals: ['not_found', 'seat_released'],
  }),
  hand_on_seat: route({
    ...writing,
    path: 'subscriptions/{subscriptionId}/seats/{seatId}/hand-on',
    summary: 'Hands a seat on to another address in one step, also when all seats are taken.',
    params: OneSubscription.extend({ seatId: SeatId }),
    body: z.strictObject({ address: TypedAddress }),
    answer: z.object({ ...Counts, from: Deed, to: Deed }),
    refusals: ['not_found', 'seat_released', 'not_licensing'],
  }),
  list_history: route({
    ...reading,
    path: 'subscriptions/{subscriptionId}/history',
    summary: 'Who changed what and when, newest first.',
    params: OneSubscription,
    query: z.object({ limit: Limit, next: Next }),
    answer: z.object({
      history: z.array(
        z.object({
          id: z.string(),
          at: z.iso.datetime(),
          by: z.enum(['you', 'another_account', 'operator', 'system', 'erased']),
          did: z.string(),
          quantity: z.int().nullable().meta({
            description:
              'Licences from then on; of `quantity_asked` those that were asked for. Null where none are told.',
          }),
          quantityBefore: z.int().nullable().meta({ description: 'Of `quantity_asked`: licences until then.' }),
          state: State.nullable().meta({
            description: 'Of `purchased` and `changed_at_seller`: the state from then on.',
          }),
          changed: z.array(DetailChangeView).meta({ description: 'Of `described`: what is said otherwise since.' }),
          seats: z.array(Deed),
        }),
      ),
      ...Listed,
    }),
    refusals: ['not_found'],
  }),
  accept_invitation: route({
    ...writing,
    path: 'invitations/accept',
    summary:
      'Makes the signed-in person the owner of a purchase that belongs to nobody, by the secret of a link. Once.',
    params: none,
    body: z.strictObject({ subscriptionId: SubscriptionId, invitationId: InvitationId, secret: InvitationSecret }),
    answer: SubscriptionView,
    refusals: ['not_found'],
    perMinute: 10,
    bodyLimit: 4 * 1024,
  }),
}
