import { type CastMember, tenantOf } from './cast.ts'
import type { Answer } from './frame.ts'
import { permissionTexts } from './microsoft-graph.ts'
import { escaped, page } from './page.ts'
import { type Language, words } from './words.ts'

/** What a page about consent shows. */
export interface Consenting {
  language: Language
  /** Name of the registration that asks. */
  client: string
  /** Values of permissions of Graph. */
  values: string[]
  /** Where the answer is posted: path and query of the request itself. */
  action: string
  redirectUri: string
}

/** The page on which somebody who was picked consents, or not. */
export function consentPage(asking: Consenting, person: CastMember): Answer {
  const texts = words[asking.language]
  const buttons = `<input type="hidden" name="person" value="${person.key}">
<p><button name="consent" value="accept">${texts.accept}</button>
<button name="consent" value="refuse">${texts.cancel}</button></p>`
  return asked(asking, texts.consent(asking.client), `<p>${escaped(person.upn)}</p>`, [texts.offline], buttons)
}

/** The page for somebody whose tenant does not let them consent: the only way is back. */
export function approvalPage(asking: Consenting, person: CastMember): Answer {
  const texts = words[asking.language]
  const buttons = `<input type="hidden" name="person" value="${person.key}">
<p><button name="consent" value="back">${texts.back}</button></p>`
  const intro = `<p>${escaped(person.upn)}</p><p>${escaped(texts.approvalOf(asking.client))}</p>`
  return asked(asking, texts.approval, intro, [], buttons)
}

/** The page on which an administrator consents for a whole tenant, or not. */
export function adminConsentPage(asking: Consenting, administrator: CastMember): Answer {
  const texts = words[asking.language]
  const organisation = tenantOf(administrator.tenantId)?.name ?? administrator.tenantId
  const buttons = `<input type="hidden" name="person" value="${administrator.key}">
<p><button name="consent" value="accept">${escaped(texts.acceptAs(administrator.name))}</button>
<button name="consent" value="refuse">${texts.cancel}</button></p>`
  const intro = `<p>${escaped(texts.consentFor(organisation))}</p>`
  return asked(asking, texts.consent(asking.client), intro, [], buttons)
}

function asked(
  { language, values, action, redirectUri }: Consenting,
  title: string,
  intro: string,
  more: string[],
  buttons: string,
): Answer {
  const wishes = [...values.map((value) => permissionTexts[value]?.[language] ?? value), ...more]
  const list = wishes.map((wish) => `<li>${escaped(wish)}</li>`).join('\n')
  const body = `${intro}
<ul>
${list}
</ul>
<form method="post" action="${escaped(action)}">
${buttons}
</form>`
  // Browsers apply form-action to the redirect that follows the post, too.
  return page(200, language, title, body, ["'self'", new URL(redirectUri).origin])
}
