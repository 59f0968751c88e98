import * as z from 'zod'

/** Personal Microsoft accounts all live in this tenant, the real one's well-known id. */
export const consumerTenantId = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** A GUID as Entra writes it. */
export const Guid = z.guid().toLowerCase()

/** An account that tokens can be issued for: one of the cast, or made up by a test. */
export const Person = z.strictObject({
  tenantId: Guid,
  objectId: Guid,
  /** Sign-in name. Of a guest the `#EXT#` form. */
  upn: z.string().min(1),
  /** Display name; `upn` when absent. */
  name: z.string().optional(),
  /** The mail attribute. Without it no token carries `email`. */
  mail: z.string().optional(),
  /** `member`: homed in the tenant. `outside_member`: signs in elsewhere, but an administrator made it a member. */
  kind: z.enum(['member', 'guest', 'outside_member', 'personal']).default('member'),
  /** What `xms_edov` says of `mail`, in any of the forms that Microsoft has been seen to send; absent = no claim. */
  edov: z.union([z.boolean(), z.literal(1), z.literal('1'), z.literal('true')]).optional(),
  /** The `idp` claim: who signs this account in, when that is not the tenant itself. */
  idp: z.string().optional(),
  /** Of the cast only: so that what `/_local/people` lists can be handed back as it is. */
  key: z.string().optional(),
  about: z.object({ en: z.string(), fr: z.string() }).optional(),
})
/** A checked `Person`, with its kind filled in. */
export type Person = z.output<typeof Person>
/** A `Person` as callers write it: `kind` may be absent and means `member`. */
export type PersonInput = z.input<typeof Person>
