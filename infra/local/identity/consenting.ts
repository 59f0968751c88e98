import type { Back } from './authorize.ts'
import type { CastMember } from './cast.ts'
import { approvalPage, type Consenting, consentPage } from './consent-page.ts'
import type { Consents } from './consents.ts'
import type { Answer, Asked } from './frame.ts'
import type { Registration } from './registrations.ts'
import { type GrantedScopes, graphValues } from './scopes.ts'
import { languageOf } from './words.ts'

/** What a person presses on a page about consent. */
export type ConsentAnswer = 'accept' | 'refuse' | 'back'

interface Asking {
  client: Registration
  scopes: GrantedScopes
  person: CastMember
  wanted: { prompt?: string | undefined; redirect_uri: string }
  answer: ConsentAnswer | undefined
  back: Back
}

/** What stands between a picked person and a code: a page about consent, or the way back; undefined when nothing does. */
export function consenting(
  consents: Consents,
  asked: Asked,
  { client, scopes, person, wanted, answer, back }: Asking,
): Answer | undefined {
  const values = graphValues(scopes)
  const missing = consents.missing(person, values)
  if (values.length === 0 || (missing.length === 0 && wanted.prompt !== 'consent')) return undefined
  const isAllowed = consents.mayConsent(person, missing)
  const asking: Consenting = {
    language: languageOf(asked.header('accept-language')),
    client: client.displayName,
    values: missing.length > 0 ? missing : values,
    action: asked.url.pathname + asked.url.search,
    redirectUri: wanted.redirect_uri,
  }
  if (answer === undefined) return isAllowed ? consentPage(asking, person) : approvalPage(asking, person)
  if (!isAllowed) {
    const words = 'An administrator has set a policy that prevents you from granting the permissions it is requesting.'
    return back({ error: 'access_denied', error_description: `AADSTS90094: ${words}` })
  }
  if (answer !== 'accept') {
    return back({ error: 'access_denied', error_description: 'AADSTS65004: User declined to consent.' })
  }
  consents.consent(person, values)
  return undefined
}
