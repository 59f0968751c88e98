import { type Account, accountHash, CONSUMER_TENANT, tenantHash } from '../identity/account.ts'
import { type Address, addressHash } from './address.ts'
import type { Hint } from './change.ts'
import type { Seat, Subscription } from './subscription.ts'

/** Partition of `directory` where look-ups of an account, an address, a tenant begin. */
export const accountKey = (account: Account): string => hashedAccountKey(accountHash(account))
export const addressKey = (address: Address): string => hashedAddressKey(addressHash(address))
export const tenantKey = (tenantId: string): string => `tenant:${tenantHash(tenantId)}`

const seatHintId = (seat: Pick<Seat, 'subscriptionId' | 'seatId'>) => `seat:${seat.subscriptionId}:${seat.seatId}`

/** The same, where only the hash is known. */
export const hashedAccountKey = (hashed: string): string => `account:${hashed}`
export const hashedAddressKey = (hashed: string): string => `address:${hashed}`

/** "This address may have a seat there." Stays when the seat is bound, to tell others whose it is. */
export const addressHint = (seat: Seat, at: Date): Hint => seatHint(addressKey(seat.address), seat.address, seat, at)

/** "This account may have a seat there." */
export const accountHint = (seat: Seat, account: Account, at: Date): Hint =>
  seatHint(accountKey(account), account, seat, at)

function seatHint(key: string, of: Account | Address, seat: Seat, at: Date): Hint {
  const { subscriptionId, seatId } = seat
  return {
    key,
    id: seatHintId(seat),
    kind: 'seat',
    subscriptionId,
    seatId,
    of,
    name: null,
    at: at.toISOString(),
  }
}

/** Where the hints of a seat stand, for fading them when it is given back. */
export const hintsOf = (seat: Seat): { key: string; id: string }[] => [
  { key: addressKey(seat.address), id: seatHintId(seat) },
  ...(seat.account ? [{ key: accountKey(seat.account), id: seatHintId(seat) }] : []),
]

/** "This account may manage that subscription", with the name that lists are searched by. */
export const roleHint = (subscription: Subscription, account: Account, at: Date): Hint => ({
  key: accountKey(account),
  id: `role:${subscription.subscriptionId}`,
  kind: 'role',
  subscriptionId: subscription.subscriptionId,
  seatId: null,
  of: account,
  name: subscription.name,
  at: at.toISOString(),
})

/** "People of this tenant may be told about that subscription." */
export const tenantHint = (subscription: Subscription, tenantId: string, at: Date): Hint => ({
  ...roleHint(subscription, { tenantId, objectId: '' }, at),
  key: tenantKey(tenantId),
  id: `shown:${subscription.subscriptionId}`,
  kind: 'shown',
  of: tenantId,
})

/** Where a subscription is found: by its owner, and by people of its tenant if it lets itself be shown. */
export function ownerHints(subscription: Subscription, at: Date): Hint[] {
  const { owner, shownToTenant } = subscription
  if (!owner) return []
  const shown = shownToTenant && owner.tenantId !== CONSUMER_TENANT
  return [roleHint(subscription, owner, at), ...(shown ? [tenantHint(subscription, owner.tenantId, at)] : [])]
}
