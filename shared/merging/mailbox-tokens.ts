import type { Stored } from '../azure/items.ts'
import type { Given } from '../entra/grant-client.ts'
import { sameAccount } from '../identity/account.ts'
import { type Grant, isEnded, lossOf, mayTry, renewed, withFault, withLoss, withTry } from './grant.ts'
import type { GrantParts } from './grants.ts'
import type { SignInLoss } from './mailbox.ts'
import type { SealFault } from './sealing.ts'

/** That something is wrong which nobody does by accident: an operator is to look. */
export type GrantAlarm = Exclude<SealFault, 'key_gone'> | 'another_account'

/** An access token, or why there is none. */
export type MailboxToken =
  | { kind: 'token'; accessToken: string; expiresAt: Date; permissions: string[] }
  | {
      kind: 'lost'
      why: SignInLoss
      /** Codes of Microsoft's, or ours. */
      code: string
      /** True once for each loss: whoever gets it tells the owner. */
      isNew: boolean
      alarm: GrantAlarm | null
    }
  /** Microsoft does not answer: to be asked again later. */
  | { kind: 'unavailable'; code: string }

interface Held {
  grantId: string
  accessToken: string
  expiresAt: Date
  permissions: string[]
}

/** A token that ends sooner is not begun a turn with. */
const MARGIN_MS = 5 * 60_000
const HELD = 5_000
/** Writers of one grant: the hosts that send for it, and its owner. */
const MOST_ROUNDS = 5

/** Access tokens for mailboxes, renewed as needed. They live in memory only; the store keeps refresh tokens, sealed. */
export class MailboxTokens {
  readonly #parts: GrantParts
  readonly #held = new Map<string, Held>()
  readonly #asking = new Map<string, Promise<MailboxToken>>()

  constructor(parts: GrantParts) {
    this.#parts = parts
  }

  /** The grant is read each time: what its owner ends is ended for every host. */
  token(mailboxId: string, now: Date): Promise<MailboxToken> {
    const asking = this.#asking.get(mailboxId) ?? this.#ask(mailboxId, now)
    this.#asking.set(mailboxId, asking)
    return asking.finally(() => this.#asking.delete(mailboxId))
  }

  forget(mailboxId: string, accessToken: string): void {
    if (this.#held.get(mailboxId)?.accessToken === accessToken) this.#held.delete(mailboxId)
  }

  async #ask(mailboxId: string, now: Date): Promise<MailboxToken> {
    const { items } = this.#parts
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const grant = await items.read<Grant>(mailboxId, 'grant')
      if (!grant || isEnded(grant, now)) return this.#lost(mailboxId, 'needs_sign_in', grant ? 'ended' : 'no_grant')
      const held = this.#held.get(mailboxId)
      const isHeld = held?.grantId === grant.grantId && held.expiresAt.getTime() - now.getTime() > MARGIN_MS
      if (grant.lost === null && isHeld) return { kind: 'token', ...held }
      const answer = grant.lost === null ? await this.#renew(grant, now) : await this.#tryAgain(grant, now)
      if (answer) return answer
    }
    return { kind: 'unavailable', code: 'changed_meanwhile' }
  }

  /** @returns undefined when somebody else has written the grant meanwhile */
  async #tryAgain(grant: Stored<Grant>, now: Date): Promise<MailboxToken | undefined> {
    const { mailboxId, lost } = grant
    if (!mayTry(grant, now)) return this.#lost(mailboxId, lossOf(grant, now) ?? 'needs_sign_in', lost?.code ?? '')
    const trying = withTry(grant, now)
    const [etag] = (await this.#parts.items.write(mailboxId, [{ replace: trying, etag: grant._etag }])) ?? []
    return etag ? this.#renew({ ...trying, _etag: etag }, now) : undefined
  }

  async #renew(grant: Stored<Grant>, now: Date): Promise<MailboxToken | undefined> {
    const { account, mailboxId, permissions } = grant
    const opened = await this.#parts.sealing.open(grant.sealed ?? '', { account, mailboxId, use: 'refresh_token' })
    if ('fault' in opened) {
      const { fault } = opened
      return this.#lose(grant, withFault(grant, fault, now), fault === 'key_gone' ? null : fault)
    }
    const answer = await this.#parts.client.refresh(account, opened.text, permissions)
    if (answer.kind === 'unavailable') return answer
    if (answer.kind === 'lost') {
      const { why, claims, code } = answer
      return this.#lose(grant, withLoss(grant, { why, claims, code }, now), null)
    }
    if (sameAccount(answer.account, account)) return this.#keep(grant, answer, now)
    return this.#lose(grant, withFault(grant, 'another_account', now), 'another_account')
  }

  async #keep(grant: Stored<Grant>, answer: Given, now: Date): Promise<MailboxToken | undefined> {
    const { account, mailboxId, grantId, _etag } = grant
    const { accessToken, expiresAt, permissions, refreshToken } = answer
    const sealed = await this.#parts.sealing.seal(refreshToken, { account, mailboxId, use: 'refresh_token' })
    const isKept = await this.#parts.items.replace(mailboxId, renewed(grant, sealed, permissions, now), _etag)
    if (this.#held.size >= HELD) this.#held.clear()
    // Another host's token is as good: the grant is read again, and if it still stands this one serves.
    this.#held.set(mailboxId, { grantId, accessToken, expiresAt, permissions })
    return isKept ? { kind: 'token', accessToken, expiresAt, permissions } : undefined
  }

  /** A loss counts only for the grant as it was read: another host, or its owner, may have written a newer one. */
  async #lose(grant: Stored<Grant>, after: Grant, alarm: GrantAlarm | null): Promise<MailboxToken | undefined> {
    const { mailboxId, _etag } = grant
    if (after.lost === null) throw new Error('a loss without a reason')
    if (!(await this.#parts.items.replace(mailboxId, after, _etag))) return undefined
    const { why, code } = after.lost
    return { ...this.#lost(mailboxId, why, code), isNew: why !== grant.lost?.why, alarm }
  }

  #lost(mailboxId: string, why: SignInLoss, code: string): Extract<MailboxToken, { kind: 'lost' }> {
    this.#held.delete(mailboxId)
    return { kind: 'lost', why, code, isNew: false, alarm: null }
  }
}
