import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  refreshTokenGrant,
  type TokenEndpointResponse,
} from 'openid-client'
import type { Account } from '../identity/account.ts'
import type { KeySet } from '../identity/key-set.ts'
import type { AttemptEnd } from '../merging/attempt.ts'
import type { SignInLoss } from '../merging/mailbox.ts'
import { atTenant, type EntraParty } from './at-tenant.ts'
import { checkIdToken, type Identity } from './id-token.ts'
import { codeOf, lossOf, outcomeOf, saidOf } from './refusals.ts'
import { unclearCode } from './unclear.ts'

/** How Microsoft is reached for mailbox grants, as the Sending registration. */
export interface EntraAccess extends EntraParty {
  /** Where a browser comes back after signing in, and after an administrator's consent: registered addresses of ours. */
  returnTo: { signIn: string; adminConsent: string }
  keys: KeySet
}

/** What Microsoft gave for a code or a refresh token. */
export interface Given {
  kind: 'given'
  /** Whose tokens they are; the caller compares. */
  account: Account
  signedInAt: Date | null
  /** Where they get mail, as far as Microsoft says so. */
  address: string | null
  accessToken: string
  expiresAt: Date
  refreshToken: string
  /** Permissions of Graph by name, as in `Mail.Send`. */
  permissions: string[]
}
/** Microsoft cannot be asked now, or our side is wrong: nothing is lost by it. */
export interface Unavailable {
  kind: 'unavailable'
  code: string
}
/** A code is worth nothing. */
export interface NotGiven {
  kind: 'refused'
  outcome: AttemptEnd
  claims: string | null
  code: string
}
/** A refresh token is worth nothing, until its owner or their administrator does something. */
export interface NotRenewed {
  kind: 'lost'
  why: SignInLoss
  claims: string | null
  code: string
}

/** What a sign-in asks for. */
export interface SignIn {
  /** The account that is expected: only its tenant is asked, so its people alone can answer. */
  account: Account
  /** Comes back inside the ID token. */
  grantId: string
  state: string
  codeChallenge: string
  permissions: string[]
  loginHint: string | null
  claims: string | null
}

const GRAPH = 'https://graph.microsoft.com/'
const FRESH_SECONDS = 600

/** Signs people in for a mailbox grant, and renews it. Never throws for anything that Microsoft or the network does. */
export class GrantClient {
  readonly #access: EntraAccess

  constructor(access: EntraAccess) {
    this.#access = access
  }

  /** The page of Microsoft where its account signs in and consents. */
  signInUrl({ account, grantId, state, codeChallenge, permissions, loginHint, claims }: SignIn): string {
    return buildAuthorizationUrl(this.#at(account.tenantId), {
      redirect_uri: this.#access.returnTo.signIn,
      scope: scopeOf(permissions),
      ...{ state, nonce: grantId, max_age: String(FRESH_SECONDS) },
      ...{ code_challenge: codeChallenge, code_challenge_method: 'S256' },
      ...(loginHint === null ? {} : { login_hint: loginHint }),
      ...(claims === null ? {} : { claims }),
    }).href
  }

  /** The page of Microsoft where an administrator consents for a tenant. Its return grants nothing (F23). */
  adminConsentUrl(tenantId: string, permissions: string[], state: string): string {
    const { authority, clientId, returnTo } = this.#access
    const scope = permissions.map((permission) => GRAPH + permission).join(' ')
    const query = { client_id: clientId, scope, redirect_uri: returnTo.adminConsent, state }
    return `${authority}/${tenantId}/v2.0/adminconsent?${new URLSearchParams(query)}`
  }

  challengeOf = (verifier: string): Promise<string> => calculatePKCECodeChallenge(verifier)

  /** Tokens for a code. @throws never for Microsoft; a code is good once, so nothing is repeated */
  async redeem({ account, grantId }: Pick<SignIn, 'account' | 'grantId'>, code: string, verifier: string) {
    const back = new URL(this.#access.returnTo.signIn)
    back.searchParams.set('code', code)
    const checks = { pkceCodeVerifier: verifier, expectedNonce: grantId, idTokenExpected: true }
    const answer = await this.#asked(() => authorizationCodeGrant(this.#at(account.tenantId), back, checks))
    if (answer.kind !== 'said') return answer
    const { said } = answer
    const refused: NotGiven = { kind: 'refused', outcome: outcomeOf(said), claims: said.claims, code: codeOf(said) }
    return refused.outcome === 'unavailable' ? unavailable(refused.code) : refused
  }

  /** New tokens for the refresh token of an account. */
  async refresh(account: Account, refreshToken: string, permissions: string[]) {
    const scope = scopeOf(permissions)
    const answer = await this.#asked(() => refreshTokenGrant(this.#at(account.tenantId), refreshToken, { scope }))
    if (answer.kind !== 'said') return answer
    const { said } = answer
    const why = lossOf(said)
    if (why === null) return unavailable(codeOf(said))
    return { kind: 'lost', why, claims: said.claims, code: codeOf(said) } satisfies NotRenewed
  }

  async #asked(ask: () => Promise<TokenEndpointResponse>) {
    try {
      const response = await ask()
      const identity = await checkIdToken(response.id_token ?? '', this.#access)
      return identity ? given(response, identity, this.#access.now()) : unavailable('id_token_not_accepted')
    } catch (error) {
      const { cause } = error as { cause?: unknown }
      const isRefusal = (error as Error).name === 'ResponseBodyError' && (error as { status?: number }).status !== 429
      if (isRefusal) return { kind: 'said' as const, said: saidOf(cause as Record<string, unknown>) }
      return unavailable(unclearCode(error))
    }
  }

  #at = (tenantId: string): Configuration => atTenant(this.#access, tenantId)
}

const scopeOf = (permissions: string[]) =>
  ['openid', 'profile', 'offline_access', ...permissions.map((permission) => GRAPH + permission)].join(' ')

const unavailable = (code: string): Unavailable => ({ kind: 'unavailable', code })

function given(response: TokenEndpointResponse, identity: Identity, now: Date): Given | Unavailable {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds, scope = '' } = response
  if (!refreshToken || !seconds) return unavailable('tokens_incomplete')
  const permissions = scope
    .split(' ')
    .map((one) => one.replace(GRAPH, ''))
    .filter((one) => one.startsWith('Mail.'))
  const expiresAt = new Date(now.getTime() + seconds * 1000)
  return { kind: 'given', ...identity, accessToken, refreshToken, expiresAt, permissions }
}
