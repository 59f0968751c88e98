import * as z from 'zod'
import { hash } from '../hash.ts'
import { type Address, type AddressFault, canonical, withoutName } from './canonical-address.ts'

export { type Address, type AddressFault, canonical }

/** The domain of a canonical address. */
export const domainOf = (address: Address): string => address.slice(address.lastIndexOf('@') + 1)

/** A hashed name for an address: it may stand in ids, URLs and diagnostics, the address may not (F35). */
export const addressHash = (address: Address): string => hash('address', address)

/** Input schema of one address; keeps the typed form, without a display name, beside the canonical one. */
export const TypedAddress = z
  .string()
  .max(500)
  .transform((typed, context) => {
    const address = canonical(typed)
    if (typeof address === 'string') return { address, typed: withoutName(typed) }
    context.addIssue({
      code: 'custom',
      message: address.fault,
      params: { typed: typed.slice(0, 100) },
    })
    return z.NEVER
  })
  .meta({
    description: 'A mail address; case, surrounding blanks and a display name do not matter.',
  })

/** An address as it came in: `typed` is kept for display, `address` decides. */
export type TypedAddress = z.output<typeof TypedAddress>
