import * as z from 'zod'
import { hash } from '../hash.ts'
import { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import { type Change, type Decide, type HistoryEntry, historyEntry } from './change.ts'
import { ownerHints } from './hints.ts'
import { ContactText, PlainName } from './plain-text.ts'
import { type Subscription, SubscriptionId, untouched } from './subscription.ts'

const until = z.iso.datetime().refine((text) => new Date(text).getUTCFullYear() < 2200, 'too_late')

/** What `grant` takes: a new complimentary or invoiced subscription, or new terms for one that was granted. */
export const Grant = z.strictObject({
  /** Only to alter a granted subscription. */
  subscriptionId: SubscriptionId.optional(),
  owner: Account,
  quantity: z.int().min(1).max(100_000),
  until,
  name: PlainName,
  /** What is not named is empty, and shown; on altering it stays as it is. */
  reference: PlainName.nullable().optional(),
  contact: ContactText.nullable().optional(),
  shownToTenant: z.boolean().optional(),
  why: PlainName,
})
export type Grant = z.output<typeof Grant>

/** The id of a subscription that a command makes: the same for each repeat of its message. */
export const grantedId = (messageId: string): string => `sub_${hash('grant', messageId).slice(0, 22)}`

/** A granted subscription as it begins, with its first history entry. */
export function granted(grant: Grant, change: Change): { subscription: Subscription; entry: HistoryEntry } {
  const subscription: Subscription = {
    id: 'subscription',
    kind: 'subscription',
    subscriptionId: grantedId(change.id),
    source: 'granted',
    ...terms(grant, { reference: null, contact: null, shownToTenant: true }),
    ...untouched,
    state: 'active',
    term: 'fixed',
    seller: null,
    createdAt: change.at.toISOString(),
  }
  const { subscriptionId, quantity } = subscription
  const answer = { subscriptionId, quantity, assigned: 0 }
  return { subscription, entry: historyEntry(subscriptionId, change, { did: 'granted', answer }) }
}

function terms(grant: Grant, before: Pick<Subscription, 'reference' | 'contact' | 'shownToTenant'>) {
  const { owner, quantity, until: paidUntil, name, why } = grant
  const { reference = before.reference, contact = before.contact, shownToTenant = before.shownToTenant } = grant
  return { owner, quantity, paidUntil, name, reference, contact, shownToTenant, why }
}

/** New terms for a granted subscription. @throws Refusal `not_allowed` for one that somebody pays for at the seller */
export const alterGrant =
  (grant: Grant): Decide<{ subscriptionId: string; quantity: number; assigned: number }> =>
  ({ subscription }, { at }) => {
    if (subscription.source !== 'granted') {
      throw new Refusal('not_allowed', 'Only a granted subscription can be altered by a grant.')
    }
    const altered: Subscription = {
      ...subscription,
      ...terms(grant, subscription),
      state: 'active',
      term: 'fixed',
    }
    const { subscriptionId, quantity, assigned } = altered
    return {
      answer: { subscriptionId, quantity, assigned },
      did: 'altered',
      subscription: altered,
      hints: ownerHints(altered, at),
    }
  }
