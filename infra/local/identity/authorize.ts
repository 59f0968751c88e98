import * as z from 'zod'
import { castMember, everybody } from './cast.ts'
import type { Codes } from './codes.ts'
import type { TenantPath } from './discovery.ts'
import { type Answer, type Asked, parameters } from './frame.ts'
import { choicePage, refusedPage, signedOutPage } from './page.ts'
import { consumerTenantId } from './person.ts'
import { Refused } from './refused.ts'
import {
  type GrantedScopes,
  grantScopes,
  isLocalRedirect,
  type Registered,
  type Registration,
} from './registrations.ts'
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
    code_challenge: z.string().regex(/^[\w-]{43}$/, 'base64url SHA-256'),
    code_challenge_method: z.literal('S256', 'only S256 is supported'),
  })
  .catchall(z.never('is not supported by the identity stand-in'))

interface Sought {
  client: Registration
  scopes: GrantedScopes
  asked: z.output<typeof Parameters>
}
type Back = (fields: Record<string, string>) => Answer

/** The authorize endpoint: the page to pick a person (GET), and the way back with a code (POST). */
export function authorizeEndpoint(registered: Registered, codes: Codes, now: () => Date) {
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
      const code = codes.give({
        tenant,
        clientId: client.id,
        redirectUri: wanted.redirect_uri,
        challenge: wanted.code_challenge,
        person: person.key,
        scopes,
        nonce: wanted.nonce,
        authTime: Math.floor(now().getTime() / 1000),
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

const notRegistered = (uri: string) =>
  new Refused(400, 'invalid_request', `AADSTS50011: The redirect address ${uri} is not in registrations.json.`)

function redirect(to: string, mode: 'query' | 'fragment', fields: Record<string, string>): Answer {
  const url = new URL(to)
  const text = new URLSearchParams(fields).toString()
  if (mode === 'fragment') url.hash = text
  else url.search = text
  return { status: 303, headers: { location: url.href, 'cache-control': 'no-store' } }
}

/** Refusals before the redirect address is known to be right are read by the person in the browser. */
function readable<Rest extends unknown[]>(handle: (asked: Asked, ...rest: Rest) => Answer | Promise<Answer>) {
  return async (asked: Asked, ...rest: Rest): Promise<Answer> => {
    try {
      return await handle(asked, ...rest)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return refusedPage(error.status, languageOf(asked.header('accept-language')), error.message)
    }
  }
}
