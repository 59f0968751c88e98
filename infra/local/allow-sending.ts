import { callAs } from './call-as.ts'
import type { System } from './system.ts'

/**
 * Somebody of the cast allows sending from their mailbox, as a browser would: begins, signs in, consents, comes back.
 * @throws Error with the page that it ended on
 */
export async function allowSending(
  system: Pick<System, 'origin' | 'identity'>,
  person: string,
  wish: { drafts?: boolean; shared?: boolean } = {},
): Promise<void> {
  const begun = await callAs(system, person, { method: 'POST', path: '/api/mailboxes/grants', body: wish })
  if (begun.status !== 200) throw new Error(`begin: ${begun.status} ${begun.body?.detail}`)
  const back = await signedIn(begun.body.signInUrl, person)
  const page = await fetch(back)
  const { body } = await callAs(system, person, { path: '/api/mailboxes' })
  if (body?.mailboxes?.[0]?.state !== 'ready') throw new Error(`not allowed: ${page.status} ${JSON.stringify(body)}`)
}

/** Picks a person on the page of the identity provider, consents when that is asked, and gives the way back. */
async function signedIn(url: string, person: string): Promise<string> {
  for (const consent of [{}, { consent: 'accept' }]) {
    const form = new URLSearchParams({ person, ...consent })
    const response = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
    const back = response.headers.get('location')
    if (back) return back
  }
  throw new Error(`${person} could not sign in`)
}
