import * as z from 'zod'
import { hash } from '../hash.ts'

const Guid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'not_a_guid')
  .transform((text) => text.toLowerCase())

/** A signed-in Microsoft identity. Never an e-mail address. Both ids are lower-case GUIDs. */
export const Account = z.object({ tenantId: Guid, objectId: Guid })
export type Account = z.output<typeof Account>

/** All personal Microsoft accounts live in this one tenant (learn: access-token-claims-reference, `tid`). */
export const CONSUMER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'

export const sameAccount = (a: Account | null | undefined, b: Account | null | undefined): boolean =>
  !!a && !!b && a.tenantId === b.tenantId && a.objectId === b.objectId

/** A hashed name for an account, for keys of items (F35). */
export const accountHash = (account: Account): string => hash('account', account.tenantId, account.objectId)

/** A hashed name for a tenant, for keys of items. */
export const tenantHash = (tenantId: string): string => hash('tenant', tenantId)
