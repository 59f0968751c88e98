import { createHash } from 'node:crypto'
import { type CastMember, tenantOf } from './cast.ts'
import type { Answer, Asked } from './frame.ts'
import { consumerTenantId } from './person.ts'
import { Refused } from './refused.ts'
import { type Language, languageOf, words } from './words.ts'

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
.notice { padding: .5rem 1rem; border-left: .25rem solid #b8860b; background: #b8860b22 }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)) }
li { border: 1px solid #8886; border-radius: .5rem; padding: .75rem }
li p { margin: .5rem 0 0; font-size: .9rem }
button { font: inherit; padding: .5rem .75rem; border-radius: .375rem; border: 1px solid #2563ebaa; cursor: pointer }
li button { width: 100%; text-align: left; overflow-wrap: anywhere }
button:hover { border-color: #2563eb; background: #2563eb22 }
button:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px }
button strong, button span { display: block }
`
const styleHash = createHash('sha256').update(style).digest('base64')

const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Text as it stands in a page. */
export const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => named[character]!)

/** A page of the stand-in. `formTargets` are the origins that its forms may lead to. */
export function page(
  status: number,
  language: Language,
  title: string,
  body: string,
  formTargets: string[] = [],
): Answer {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action ${formTargets.length > 0 ? formTargets.join(' ') : "'none'"}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${style}</style></head>
<body><main>
<p class="notice">${escaped(words[language].notice)}</p>
<h1>${escaped(title)}</h1>
${body}
</main></body>
</html>
`,
  }
}

/** What the page that lets one pick a person shows. */
export interface Choice {
  language: Language
  /** Name of the registration that asks. */
  client: string
  people: CastMember[]
  /** Sign-in name or address of the person to suggest. */
  loginHint: string | undefined
  /** Where the choice is posted: path and query of the request itself. */
  action: string
  redirectUri: string
}

/** The page with everybody one can sign in as, by company. A form with real buttons; works without script. */
export function choicePage({ language, client, people, loginHint, action, redirectUri }: Choice): Answer {
  const texts = words[language]
  const companyOf = ({ tenantId }: CastMember) =>
    tenantId === consumerTenantId ? texts.personal : (tenantOf(tenantId)?.name ?? tenantId)
  const companies = Map.groupBy(people, companyOf)
  const hinted = people.find(({ upn, mail }) => [upn, mail].includes(loginHint ?? ''))
  const sections = [...companies].map(([company, members], index) => {
    const cards = members.map((person) => card(person, language, person === hinted)).join('\n')
    const heading = `<h2 id="company-${index}">${escaped(company)}</h2>`
    return `<section aria-labelledby="company-${index}">${heading}\n<ul>\n${cards}\n</ul></section>`
  })
  const body = `<p>${escaped(texts.asks(client))}</p>
<form method="post" action="${escaped(action)}">
${sections.join('\n') || `<p>${escaped(texts.nobody)}</p>`}
<p><button name="cancel" value="yes">${escaped(texts.cancel)}</button></p>
</form>`
  // Browsers apply form-action to the redirect that follows the post, too.
  return page(200, language, texts.title, body, ["'self'", new URL(redirectUri).origin])
}

function card({ key, name, upn, about }: CastMember, language: Language, hinted: boolean): string {
  const attributes = `name="person" value="${key}" aria-describedby="about-${key}"${hinted ? ' autofocus' : ''}`
  return `<li><button ${attributes}><strong>${escaped(name)}</strong><span>${escaped(upn)}</span></button>
<p id="about-${key}">${escaped(about[language])}</p></li>`
}

/** The page for a request that must not be sent back to whoever made it. */
export const refusedPage = (status: number, language: Language, sentence: string): Answer =>
  page(status, language, words[language].refused, `<p lang="en">${escaped(sentence)}</p>`)

/** The page after signing out without an address to return to. */
export const signedOutPage = (language: Language): Answer => page(200, language, words[language].signedOut, '')

/** Refusals before the redirect address is known to be right are read by the person in the browser. */
export function readable<Rest extends unknown[]>(handle: (asked: Asked, ...rest: Rest) => Answer | Promise<Answer>) {
  return async (asked: Asked, ...rest: Rest): Promise<Answer> => {
    try {
      return await handle(asked, ...rest)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return refusedPage(error.status, languageOf(asked.header('accept-language')), error.message)
    }
  }
}
