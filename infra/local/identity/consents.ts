import { join } from 'node:path'
import * as z from 'zod'
import { type ConsentPolicy, tenantOf } from './cast.ts'
import { keep, readKept } from './kept.ts'
import type { Person } from './person.ts'

/** An account, as far as consent goes. */
type Who = Pick<Person, 'tenantId' | 'objectId'>

/** Names of permissions of Graph, as in `Mail.Send`. */
type Values = string[]

interface State {
  policies: Record<string, ConsentPolicy>
  people: Record<string, Values>
  tenants: Record<string, Values>
  /** When all sessions of somebody were revoked, ms since 1970. */
  revoked: Record<string, number>
}

/** The wish to give a tenant another policy. */
export const PolicyChange = z.strictObject({
  tenantId: z.guid(),
  policy: z.enum(['allowed', 'blocked', 'read_write_blocked']),
})

/**
 * Who has consented to what, for the one client that asks people for permissions of Graph; and whose sessions were
 * revoked. Kept between runs.
 */
export class Consents {
  readonly #file: string | undefined
  readonly #state: State

  constructor(folder: string | undefined) {
    this.#file = folder && join(folder, 'consents.json')
    this.#state = readKept<State>(this.#file) ?? { policies: {}, people: {}, tenants: {}, revoked: {} }
  }

  /** What somebody's tokens may hold: their own consents, and those of an administrator for everybody. */
  granted(who: Who): Values {
    const { people, tenants } = this.#state
    return [...new Set([...(people[keyOf(who)] ?? []), ...(tenants[who.tenantId] ?? [])])]
  }

  missing = (who: Who, values: Values): Values => values.filter((value) => !this.granted(who).includes(value))

  /** Whether people of this tenant may consent to these by themselves. */
  mayConsent({ tenantId }: Who, values: Values): boolean {
    const policy = this.#state.policies[tenantId] ?? tenantOf(tenantId)?.consent ?? 'allowed'
    return policy === 'allowed' || (policy === 'read_write_blocked' && !values.includes('Mail.ReadWrite'))
  }

  consent(who: Who, values: Values): void {
    this.#change(({ people }) => {
      people[keyOf(who)] = [...new Set([...(people[keyOf(who)] ?? []), ...values])]
    })
  }

  /** An administrator consents for a whole tenant. */
  consentFor(tenantId: string, values: Values): void {
    this.#change(({ tenants }) => {
      tenants[tenantId] = [...new Set([...(tenants[tenantId] ?? []), ...values])]
    })
  }

  /** Takes back what somebody consented to, and what was consented to for their tenant. */
  withdraw(who: Who): void {
    this.#change(({ people, tenants }) => {
      delete people[keyOf(who)]
      delete tenants[who.tenantId]
    })
  }

  setPolicy({ tenantId, policy }: z.output<typeof PolicyChange>): void {
    this.#change(({ policies }) => {
      policies[tenantId] = policy
    })
  }

  /** Ends every session of somebody: refresh tokens of earlier sign-ins are worth nothing from now on. */
  revokeSessions(who: Who, now: Date): void {
    this.#change(({ revoked }) => {
      revoked[keyOf(who)] = now.getTime()
    })
  }

  /** Whether a sign-in at this instant (ms since 1970) has been revoked since. */
  isRevoked = (who: Who, signedInAt: number): boolean => signedInAt <= (this.#state.revoked[keyOf(who)] ?? 0)

  #change(change: (state: State) => void): void {
    change(this.#state)
    keep(this.#file, this.#state)
  }
}

const keyOf = ({ tenantId, objectId }: Who) => `${tenantId}.${objectId}`
