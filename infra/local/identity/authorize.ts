import * as z from 'zod'
import { castMember, everybody } from './cast.ts'
import type { Codes } from './codes.ts'
import { type ConsentAnswer, consenting } from './consenting.ts'
import type { Consents } from './consents.ts'
import type { TenantPath } from './discovery.ts'
import { type Answer, type Asked, parameters } from './frame.ts'
import { choicePage, readable, signedOutPage } from './page.ts'
import { consumerTenantId } from './person.ts'
import { notRegistered, redirect } from './redirects.ts'
import { Refused } from './refused.ts'
import { isLocalRedirect, type Registered, type Registration } from './registrations.ts'
import { type GrantedScopes, grantScopes, mayAskForGraph } from './scopes.ts'
import type { TokenFaults } from './token-faults.ts'
import { languageOf } from './words.ts'

const Parameters = z
  .object({
    client_id: z.string(),
    response_type: z.literal('code', 'only code is supported by the identity stand-in'),
    redirect_uri: z.string(),
    response_mode: z.enum(['query', 'fragment'], 'only query and fragment are supported').default('query'),
    scope: z.string(),
    state: z.string().optional(),
    nonce: z.string().optional(),
    // Everybody picks anew each time, so every prompt but none, and every max_age, is fulfilled.
    prompt: z.enum(['select_account', 'login', 'consent', 'none']).optional(),
    max_age: z.string().regex(/^\d+$/, 'seconds').optional(),
    login_hint: z.string().optional(),
    claims: z.string().optional(),
    code_challenge: z.string().regex(/^[\w-]{43}$/, 'base64url SHA-256'),
    code_challenge_method: z.literal('S256', 'only S256 is supported'),
  })
  .catchall(z.never('is not supported by the identity stand-in'))

/** What the authorize endpoint works with. */
export interface AuthorizeParts {
  registered: Registered
  codes: Codes
  consents: Consents
  tokenFaults: TokenFaults
  now: () => Date
}

interface Sought {
  client: Registration
  scopes: GrantedScopes
  asked: z.output<typeof Parameters>
}
/** The way back to the client, with these fields and its state. */
export type Back = (fields: Record<string, string>) => Answer

/** The authorize endpoint: the page to pick a person (GET), and the way back with a code (POST). */
export function authorizeEndpoint({ registered, codes, consents, tokenFaults, now }: AuthorizeParts) {
  const show = (asked: Asked, tenant: TenantPath): Answer =>
    sought(registered, asked.url.searchParams, (found) =>
      choicePage({
        language: languageOf(asked.header('accept-language')),
        client: found.client.displayName,
        people: peopleOf(tenant),
        loginHint: found.asked.login_hint,
        action: asked.url.pathname + asked.url.search,
        redirectUri: found.asked.redirect_uri,
      }),
    )
  const pick = async (asked: Asked, tenant: TenantPath): Promise<Answer> => {
    const form = parameters(new URLSearchParams(await asked.text()))
    return sought(registered, asked.url.searchParams, ({ client, scopes, asked: wanted }, back) => {
      if (form.cancel) return back({ error: 'access_denied', error_description: 'The person chose Cancel.' })
      const person = castMember(form.person ?? '')
      if (!person || !peopleOf(tenant).includes(person)) {
        throw new Refused(400, 'invalid_request', `AADSTS50020: Nobody called ${form.person} can sign in at ${tenant}.`)
      }
      const answer = form.consent as ConsentAnswer | undefined
      const asking = consenting(consents, asked, { client, scopes, person, wanted, answer, back })
      if (asking) return asking
      tokenFaults.answered(person.key, wanted.claims)
      const code = codes.give({
        tenant,
        clientId: client.id,
        redirectUri: wanted.redirect_uri,
        challenge: wanted.code_challenge,
        person: person.key,
        scopes,
        nonce: wanted.nonce,
        signedInAt: now().getTime(),
      })
      return back({ code })
    })
  }
  return { show: readable(show), pick: readable(pick) }
}

/** The logout endpoint. There is no session to end: it only leads back, to a registered address. */
export const logoutEndpoint = (registered: Registered) =>
  readable(({ url, header }): Answer => {
    const { post_logout_redirect_uri: target, state } = parameters(url.searchParams)
    if (target === undefined) return signedOutPage(languageOf(header('accept-language')))
    const all = Object.values(registered.byName).flatMap(({ localRedirectUris }) => localRedirectUris)
    if (!isLocalRedirect(all, target)) throw notRegistered(target)
    return redirect(target, 'query', state === undefined ? {} : { state })
  })

/** Everybody who can sign in there: at `common` people come to their home tenant, guests only by a tenant's id. */
function peopleOf(tenant: TenantPath) {
  const home = everybody.filter(({ kind }) => kind === 'member' || kind === 'personal')
  if (tenant === 'common') return home
  if (tenant === 'organizations') return home.filter(({ kind }) => kind === 'member')
  const tenantId = tenant === 'consumers' ? consumerTenantId : tenant
  return everybody.filter((person) => person.tenantId === tenantId)
}

function sought<T>(registered: Registered, query: URLSearchParams, go: (sought: Sought, back: Back) => T): T | Answer {
  const all = parameters(query)
  const client = registered.client(all.client_id ?? '')
  if (!client) throw new Refused(400, 'unauthorized_client', `AADSTS700016: There is no application ${all.client_id}.`)
  const redirectUri = all.redirect_uri ?? ''
  if (!isLocalRedirect(client.localRedirectUris, redirectUri)) throw notRegistered(redirectUri)
  const state: Record<string, string> = all.state === undefined ? {} : { state: all.state }
  const mode = all.response_mode === 'fragment' ? 'fragment' : 'query'
  const back: Back = (fields) => redirect(redirectUri, mode, { ...fields, ...state })

  const parsed = Parameters.safeParse(all)
  if (!parsed.success) return back({ error: 'invalid_request', error_description: z.prettifyError(parsed.error) })
  if (parsed.data.claims !== undefined && !mayAskForGraph(client)) {
    return back({ error: 'invalid_request', error_description: `claims of ${client.name} are not supported here.` })
  }
  if (parsed.data.prompt === 'none') {
    return back({
      error: 'login_required',
      error_description: 'AADSTS50058: There is no session: nobody is signed in.',
    })
  }
  const scopes = grantScopes(registered, client, parsed.data.scope)
  if ('error' in scopes) return back({ error: scopes.error, error_description: scopes.sentence })
  return go({ client, scopes, asked: parsed.data }, back)
}
