import { randomBytes } from 'node:crypto'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import * as z from 'zod'
import type { Directory, Mailbox } from './directory.ts'
import { GraphError } from './graph-error.ts'

const AUDIENCE = 'https://graph.microsoft.com'

/** What a token lets its bearer do. */
export interface Access {
  mailbox: Mailbox
  scopes: Set<string>
}

/** A wish for a token that nobody has signed. */
export const Wish = z.strictObject({
  tenantId: z.guid(),
  objectId: z.guid(),
  scopes: z.array(z.string()),
  /** Absent: a week. */
  expiresInSeconds: z.int().optional(),
})
/** A wish for a token that nobody has signed. */
export type Wish = z.output<typeof Wish>

const Claims = z.object({ tid: z.guid(), oid: z.guid(), iss: z.string(), scp: z.string() })
const WEEK_SECONDS = 7 * 86_400

/** Access tokens: those that the identity provider signs for Graph, and those that a test asks for. */
export class Tokens {
  readonly #directory: Directory
  readonly #now: () => Date
  readonly #keys: ReturnType<typeof createRemoteJWKSet> | undefined
  readonly #opaque = new Map<string, Wish & { endsAt: number }>()

  /** @param jwksUri where the keys of the identity provider are; without it no signed token is taken */
  constructor(directory: Directory, jwksUri: string | undefined, now: () => Date) {
    this.#directory = directory
    this.#now = now
    this.#keys = jwksUri === undefined ? undefined : createRemoteJWKSet(new URL(jwksUri), { cooldownDuration: 1_000 })
  }

  /** A token for the asking; an account that is not known gets a mailbox. A restart forgets it. */
  tokenFor(wish: Omit<Wish, 'expiresInSeconds'> & { expiresInSeconds?: number | undefined }): string {
    const { tenantId, objectId, expiresInSeconds = WEEK_SECONDS } = wish
    const token = `local.${randomBytes(24).toString('base64url')}`
    this.#opaque.set(token, { ...wish, endsAt: this.#now().getTime() + expiresInSeconds * 1000 })
    if (!this.#directory.of(tenantId, objectId))
      this.#directory.set({ address: `${objectId}@${tenantId}.example`, account: { tenantId, objectId } })
    return token
  }

  /** Ends a token that was asked for. */
  revoke(token: string): void {
    this.#opaque.delete(token)
  }

  /** @throws GraphError 401, or 404 when there is no mailbox behind the account */
  async check(authorization: string | undefined): Promise<Access> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) throw invalid('Access token is empty.')
    const { tenantId, objectId, scopes } = this.#asked(token) ?? (await this.#signed(token))
    const mailbox = this.#directory.of(tenantId, objectId)
    if (mailbox && mailbox.state !== 'gone') return { mailbox, scopes: new Set(scopes) }
    const sentence = 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.'
    throw new GraphError(404, 'MailboxNotEnabledForRESTAPI', sentence)
  }

  #asked(token: string): Omit<Wish, 'expiresInSeconds'> | undefined {
    const known = this.#opaque.get(token)
    if (known && known.endsAt <= this.#now().getTime()) throw expired()
    return known
  }

  async #signed(token: string): Promise<Omit<Wish, 'expiresInSeconds'>> {
    if (!this.#keys) throw invalid('Access token validation failure.')
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        audience: AUDIENCE,
        algorithms: ['RS256'],
        currentDate: this.#now(),
        requiredClaims: ['exp'],
      })
      const { tid, oid, iss, scp } = Claims.parse(payload)
      if (!iss.includes(`/${tid}/`)) throw invalid('Access token validation failure. Invalid issuer.')
      return { tenantId: tid, objectId: oid, scopes: scp.split(' ') }
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired()
      if (error instanceof errors.JWTClaimValidationFailed)
        throw invalid(`Access token validation failure. Invalid ${error.claim}.`)
      if (error instanceof z.ZodError) throw invalid('Access token validation failure. A claim is missing.')
      if (error instanceof errors.JOSEError) throw invalid('Access token validation failure. Invalid signature.')
      throw error
    }
  }
}

const invalid = (sentence: string): GraphError =>
  new GraphError(401, 'InvalidAuthenticationToken', sentence, { 'WWW-Authenticate': 'Bearer realm=""' })

const expired = (): GraphError => invalid('Lifetime validation failed, the token is expired.')
