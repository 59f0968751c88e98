import type { Items, Stored } from '../azure/items.ts'
import type { GrantClient } from '../entra/grant-client.ts'
import { hash } from '../hash.ts'
import type { Account } from '../identity/account.ts'
import { type Attempt, attemptItem, newAttempt, outcomeOf, stateText, wanted } from './attempt.ts'
import { finishGrant, type Returned } from './finish-grant.ts'
import { ended, type Grant, isEnded } from './grant.ts'
import { mailboxIdOf } from './mailbox-id.ts'
import { MailboxTokens } from './mailbox-tokens.ts'
import type { Sealing } from './sealing.ts'

/** What grants are kept and renewed with. */
export interface GrantParts {
  items: Items
  client: GrantClient
  sealing: Sealing
}

/** What somebody wants to allow. */
export interface Wish {
  /** Whether drafts are to be made: reading and writing mail. */
  drafts: boolean
  /** Whether shared mailboxes are to be sent from. */
  shared: boolean
  loginHint: string | null
}

/** The grant of a mailbox and the last attempt to get one. */
export interface Standing {
  mailboxId: string
  grant: Stored<Grant> | undefined
  attempt: Attempt | undefined
}

const random = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url')

/** Container `mailbox-grants`, one partition per mailbox: who lets us send, and the tokens for it, sealed. */
export class Grants {
  readonly #parts: GrantParts
  readonly #tokens: MailboxTokens

  constructor(parts: GrantParts) {
    this.#parts = parts
    this.#tokens = new MailboxTokens(parts)
  }

  /** Begins to get a grant for one account: an attempt that is good for one return within ten minutes (F22). */
  async begin(account: Account, { drafts, shared, loginHint }: Wish, now: Date) {
    const { items, client, sealing } = this.#parts
    const mailboxId = mailboxIdOf(account)
    const [grantId, secret, verifier] = [`${mailboxId}.${random(16)}`, random(32), random(32)]
    const { grant, attempt: last } = await this.#standing(mailboxId)
    const sealed = await sealing.seal(verifier, { account, mailboxId, use: 'verifier' })
    const permissions = wanted(drafts, shared)
    const made = { mailboxId, grantId, account, secret: hash(secret), verifier: sealed, permissions }
    const attempt = newAttempt(made, now)
    const isStored = await items.batch(mailboxId, [{ create: attempt }])
    if (!isStored) throw new Error('an attempt exists that was just made up')
    const signInUrl = client.signInUrl({
      ...{ account, grantId, state: stateText({ mailboxId, grantId, secret }), loginHint },
      codeChallenge: await client.challengeOf(verifier),
      permissions,
      // Without the challenge of the last refusal the next one is refused as well (F25).
      claims: last?.claims ?? grant?.lost?.claims ?? null,
    })
    return { grantId, signInUrl, expiresAt: attempt.expiresAt }
  }

  /** A browser comes back from Microsoft. What it brings is believed only as far as the attempt says (F22). */
  finish(returned: Returned, now: Date) {
    return finishGrant(this.#parts, returned, now)
  }

  /** An access token for a mailbox, or why there is none. Asked for at the beginning of each turn. */
  token(mailboxId: string, now: Date) {
    return this.#tokens.token(mailboxId, now)
  }

  /** Where the owner of a mailbox gets mail, for notices to them alone (F24); null when Microsoft has not said. */
  async ownerAddress(mailboxId: string): Promise<string | null> {
    return (await readGrant(this.#parts.items, mailboxId))?.address ?? null
  }

  /** Microsoft has refused this access token: the next one is a new one. */
  tokenRefused(mailboxId: string, accessToken: string): void {
    this.#tokens.forget(mailboxId, accessToken)
  }

  /** The grant of an account, and what became of its last attempt. */
  async list(account: Account, now: Date): Promise<Standing> {
    const { attempt, ...standing } = await this.#standing(mailboxIdOf(account))
    return { ...standing, attempt: attempt && { ...attempt, outcome: outcomeOf(attempt, now) } }
  }

  /**
   * Ends a grant of an account, or an attempt that is not finished. Its token is gone from the store at once.
   * @returns false when the account has none of this id
   */
  async end(account: Account, grantId: string, now: Date): Promise<boolean> {
    const mailboxId = mailboxIdOf(account)
    const { items } = this.#parts
    for (;;) {
      const grant = await readGrant(items, mailboxId)
      const attempt = await items.read<Attempt>(mailboxId, attemptItem(grantId))
      const isGrant = grant?.grantId === grantId
      if (!isGrant && !attempt) return false
      const writes = [
        ...(isGrant ? [{ replace: ended(grant, now), etag: grant._etag }] : []),
        ...(attempt ? [{ replace: { ...attempt, outcome: 'ended' as const }, etag: attempt._etag }] : []),
      ]
      if (await items.batch(mailboxId, writes)) return true
    }
  }

  /** Ends the grant of a mailbox, whichever it is: its last campaign is over (F24). */
  async endOf(mailboxId: string, now: Date): Promise<void> {
    for (;;) {
      const grant = await readGrant(this.#parts.items, mailboxId)
      if (!grant || isEnded(grant, now)) return
      if (await this.#parts.items.replace(mailboxId, ended(grant, now), grant._etag)) return
    }
  }

  async #standing(mailboxId: string): Promise<Standing> {
    const sql = "SELECT * FROM c WHERE c.mailboxId = @mailboxId AND c.kind = 'attempt' ORDER BY c.at DESC"
    const [grant, attempts] = await Promise.all([
      readGrant(this.#parts.items, mailboxId),
      this.#parts.items.page<Attempt>(mailboxId, { sql, parameters: { mailboxId } }, 1, null),
    ])
    return { mailboxId, grant, attempt: attempts.items[0] }
  }
}

const readGrant = (items: Items, mailboxId: string) => items.read<Grant>(mailboxId, 'grant')
