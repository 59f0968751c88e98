import * as z from 'zod'
import { type Account, sameAccount } from '../identity/account.ts'
import type { SellerIds } from '../purchasing/purchase.ts'
import type { Address } from './address.ts'

/** Our id of a subscription: `sub_` and 22 base64url characters. */
export const SubscriptionId = z.string().regex(/^sub_[A-Za-z0-9_-]{22}$/, 'not_a_subscription_id')

/** Our id of a seat: the hash of its address, so that one address has one seat in a subscription. */
export const SeatId = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not_a_seat_id')

/** State of a subscription in our words; what the seller calls it appears in `shared/stripe` only. */
export type SubscriptionState =
  | 'active'
  | 'trialing'
  | 'past_due'
  | 'payment_pending'
  | 'paused'
  | 'ended'
  | 'ended_unpaid'

/** How the paid time ends: it renews, it was agreed for a fixed time, or it was cancelled at the end of the period. */
export type Term = 'renewing' | 'fixed' | 'cancelled'

/** The latest wish for another quantity; while it is not over, the seller may do it at any moment (A10). */
export interface Asked {
  /** The change that it is: its repeats ask for the same again. */
  changeId: string
  to: number
  at: string
  /** The seller has answered, or shows this quantity. */
  isOver: boolean
}

/** Item `subscription`: what is paid for. One per partition `subscriptionId`. Times are ISO 8601 UTC. */
export interface Subscription {
  id: 'subscription'
  kind: 'subscription'
  subscriptionId: string
  source: 'granted' | 'purchased'
  owner: Account | null
  /** Its owner was erased after its end: what they once meant to buy makes nobody its owner again. */
  ownerErased?: true
  name: string
  reference: string | null
  /** Seats paid for. */
  quantity: number
  /** A limit for assigning while another quantity is on its way to the seller, and since when. */
  ceiling: number | null
  ceilingAt: string | null
  /** What was asked of the seller last. Absent: nothing yet. */
  asked?: Asked
  /** The change that last asked for its end, or took that back. Absent: none yet. */
  endAskedBy?: string
  /** Seats that count: assigned or bound. */
  assigned: number
  /** The `order` that the next new seat gets; never reused. */
  nextOrder: number
  /** While more is assigned than bought: seats with this `order` or a later one are over quantity. */
  overFrom: number | null
  /** While more is assigned than bought: the owner's seat that is not over all the same. Absent: not ranked yet. */
  exempt?: string | null
  state: SubscriptionState
  /** Why it is in that state, in words for an operator. */
  why: string
  term: Term
  paidUntil: string
  /** First failed payment of the running period. */
  pastDueSince: string | null
  /** An operator's goodwill: it licenses until then, whatever the seller says. */
  extendedUntil: string | null
  /** Where it is bought; null when it was granted. */
  seller: SellerIds | null
  /** When the seller was last looked at; no two looks have the same instant. */
  seenAt: string | null
  /** Whether people of the owner's tenant are told that their organisation has licences. */
  shownToTenant: boolean
  /** Whom to ask for a licence, in the managers' own words. */
  contact: string | null
  createdAt: string
}

export type SeatState = 'assigned' | 'bound' | 'released'

/** Item `seat:<seatId>`: one unit of a subscription, given to one address. */
export interface Seat {
  id: string
  kind: 'seat'
  subscriptionId: string
  seatId: string
  address: Address
  /** As a person typed it, for display. */
  typed: string
  domain: string
  order: number
  state: SeatState
  account: Account | null
  boundAt: string | null
  assignedAt: string
  releasedAt: string | null
  /** Who had it until it was rebound or released, so that this account can be told. */
  formerAccount: Account | null
  formerUntil: string | null
  /**
   * Raised whenever the seat is given, freed or taken back, and never used again: what was told of an earlier one is
   * out of date. Absent in old items: 0.
   */
  generation?: number
  /** Seconds after which Cosmos forgets a released seat. */
  ttl?: number
}

/** A subscription of which nobody has a seat and with which nothing has happened yet. */
export const untouched = {
  ceiling: null,
  ceilingAt: null,
  assigned: 0,
  nextOrder: 1,
  overFrom: null,
  pastDueSince: null,
  extendedUntil: null,
  seenAt: null,
} as const

/** Id of the item that holds a seat. */
export const seatItem = (seatId: string): string => `seat:${seatId}`

/** Our id of an invitation: `inv_` and 22 base64url characters. */
export const InvitationId = z.string().regex(/^inv_[A-Za-z0-9_-]{22}$/, 'not_an_invitation_id')

/** Item `invitation:<invitationId>`: how an owner comes in. Its secret stands in the link alone. */
export interface Invitation {
  id: string
  kind: 'invitation'
  subscriptionId: string
  invitationId: string
  for: 'owner'
  /** base64url SHA-256 of the secret. */
  secretHash: string
  /** `ended`: another one, or an owner, took its place. One that is past `expiresAt` stays `open`. */
  state: 'open' | 'accepted' | 'ended'
  at: string
  expiresAt: string
  /** Who accepted it, and when. */
  account: Account | null
  acceptedAt: string | null
}

/** Id of the item that holds an invitation. */
export const invitationItem = (invitationId: string): string => `invitation:${invitationId}`

/** Seats that may be in use at one time: never more than paid for, nor more than what is under way may leave. */
export const capacity = ({ quantity, ceiling }: Subscription): number => Math.min(quantity, ceiling ?? quantity)

/** True when a seat counts against the quantity. */
export const counts = (seat: Seat): boolean => seat.state !== 'released'

/** What an account may do with a subscription (design.md, table of rights). */
export const rights = ['see', 'assign', 'quantity', 'invoices', 'billing', 'describe'] as const
export type Right = (typeof rights)[number]
const ofBought: readonly Right[] = ['quantity', 'invoices', 'billing']

/** The rights of an account, by what the store says now. */
export const mayDo = (subscription: Subscription, account: Account, _right: Right): boolean =>
  sameAccount(subscription.owner, account)

/** Whether a right has anything to be used on. */
export const hasUse = ({ seller }: Subscription, right: Right): boolean => seller !== null || !ofBought.includes(right)
