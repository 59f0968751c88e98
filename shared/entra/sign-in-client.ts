import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type CustomFetch,
  calculatePKCECodeChallenge,
} from 'openid-client'
import { evidence, isHomed } from '../identity/evidence.ts'
import type { KeySet } from '../identity/key-set.ts'
import type { SignedIn } from '../identity/session.ts'
import { type SignInRefusal, signInRefusals } from '../identity/sign-in-attempt.ts'
import { atTenant, type EntraParty } from './at-tenant.ts'
import { claimsOf, identityOf } from './id-token.ts'
import { limitedFetch } from './limited-fetch.ts'
import { codeOf, outcomeOf, saidOf } from './refusals.ts'
import { unclearCode } from './unclear.ts'

/** How Microsoft is reached for signing in on the page, as the Portal registration. */
export interface SignInAccess extends EntraParty {
  /** Where a browser comes back to: registered addresses of ours. */
  returnTo: { signIn: string; signOut: string }
  keys: KeySet
}

/** What a sign-in asks for. */
export interface Wish {
  state: string
  nonce: string
  verifier: string
  /** Whether the person has to show who they are, however lately they did. */
  fresh: boolean
  /** An address to suggest. */
  loginHint: string | null
}

/** Nobody has signed in: what the page says about it, and what the log says. */
export interface NotSignedIn {
  refused: SignInRefusal
  code: string
}

const EVERYBODY = 'common'
const FRESH_SECONDS = '600'
// Who somebody is and nothing else: what comes back opens nothing, and is kept nowhere (F21).
const SCOPE = 'openid profile email'

/** Signs people in on the page: authorisation code with PKCE, state and nonce, for work and personal accounts. */
export class SignInClient {
  readonly #access: SignInAccess

  constructor(access: SignInAccess) {
    this.#access = access
  }

  /** The page of Microsoft where a person signs in. */
  async signInUrl({ state, nonce, verifier, fresh, loginHint }: Wish): Promise<string> {
    return buildAuthorizationUrl(atTenant(this.#access, EVERYBODY), {
      ...{ redirect_uri: this.#access.returnTo.signIn, scope: SCOPE, state, nonce },
      ...{ code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
      // Either can be taken out of the address by whoever sits there: the time in the token is what counts (F18).
      ...(fresh ? { prompt: 'login', max_age: FRESH_SECONDS } : { prompt: 'select_account' }),
      ...(loginHint === null ? {} : { login_hint: loginHint }),
    }).href
  }

  /** The page of Microsoft where a person ends their session there, too. */
  signOutUrl(): string {
    const { authority, returnTo } = this.#access
    const query = new URLSearchParams({ post_logout_redirect_uri: returnTo.signOut })
    return `${authority}/${EVERYBODY}/oauth2/v2.0/logout?${query}`
  }

  /**
   * Who has signed in, for the code that a browser brought; or why nobody has. A code is good once, so nothing is repeated.
   * @param issuer the `iss` of the way back, where it had one: the token has to be of the very same (RFC 9207)
   */
  async redeem(
    code: string,
    { nonce, verifier }: Pick<Wish, 'nonce' | 'verifier'>,
    issuer: string | null,
  ): Promise<SignedIn | NotSignedIn> {
    let idToken = ''
    const asking = withoutIdToken((token) => {
      idToken = token
    })
    try {
      const back = new URL(this.#access.returnTo.signIn)
      back.searchParams.set('code', code)
      await authorizationCodeGrant(atTenant(this.#access, EVERYBODY, asking), back, { pkceCodeVerifier: verifier })
      const claims = await claimsOf(idToken, this.#access)
      if (!claims || claims.nonce !== nonce || (issuer !== null && claims.iss !== issuer)) {
        return { refused: 'not_accepted', code: 'id_token_not_accepted' }
      }
      return {
        ...identityOf(claims),
        ...{ evidence: evidence(claims), homed: isHomed(claims), name: claims.name?.trim() || null },
      }
    } catch (error) {
      return refusalOf(error)
    }
  }
}

/** What an address of a return, or a refused code, means to the person. */
export function notSignedIn(body: Record<string, unknown>): NotSignedIn {
  const said = saidOf(body)
  const outcome = outcomeOf(said)
  return { refused: signInRefusals.find((one) => one === outcome) ?? 'not_accepted', code: codeOf(said) }
}

function refusalOf(error: unknown): NotSignedIn {
  const { name, status, cause } = error as { name?: string; status?: number; cause?: unknown }
  const isAnswer = name === 'ResponseBodyError' && status !== 429
  return isAnswer ? notSignedIn(cause as Record<string, unknown>) : { refused: 'unavailable', code: unclearCode(error) }
}

/**
 * A fetch that takes the ID token out of an answer. openid-client knows that people of many tenants sign in at one address
 * only where that is Microsoft's; our own rules read the token there and at a stand-in alike (F02, F17).
 */
const withoutIdToken =
  (take: (token: string) => void): CustomFetch =>
  async (address, options) => {
    const response = await limitedFetch(address, options)
    if (!response.ok) return response
    const { id_token, ...rest } = (await response.json()) as Record<string, unknown>
    if (typeof id_token === 'string') take(id_token)
    return Response.json(rest)
  }
