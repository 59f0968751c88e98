import type { SubscriptionState } from '../licensing/subscription.ts'

/** A seller's accounts of play money and of real money never meet: the mode is part of every key (C13). */
export type Mode = 'live' | 'test'

/** Where a purchased subscription stands at the seller; kept in our subscription item. */
export interface SellerIds {
  mode: Mode
  subscription: string
  customer: string
  /** The line that carries the seats; null when seats stand on several lines, which only the seller can change. */
  item: string | null
  interval: Interval | null
}

export type Interval = 'monthly' | 'yearly'

/** A payment of the running period that was taken back in full, by refund or by a lost dispute. */
export interface Reversal {
  kind: 'refund' | 'dispute'
  /** The seller's id of it: cancelling is asked for under this id, so it happens once. */
  id: string
}

/** What the seller says of one subscription at one moment, in our words. Times are ISO 8601 UTC. */
export interface Purchase {
  seller: SellerIds
  /** `unknown`: the seller says something that this version does not know. */
  state: SubscriptionState | 'unknown'
  why: string
  quantity: number
  term: 'renewing' | 'cancelled'
  paidUntil: string
  pastDueSince: string | null
  /** The purchase intent that it says it comes from; to be checked against ours. */
  intent: string | null
  reversal: Reversal | null
}
