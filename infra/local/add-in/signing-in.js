import { element, home, keep, kept, place, say } from './page-parts.js'
import { beginSignIn, endSignIn } from './sign-in.ts'
import { note, recorded } from './wire.js'

/** Who is signed in, with a token of the Licensing API; null when nobody is. */
export const person = kept('person')

const options = () => [...element('person').options]

/** Who of the cast has this account. */
export const memberOf = ({ account }) => options().find(({ dataset }) => dataset.account === account)

/**
 * Signs in for one of our APIs: as somebody of the cast at once, or on the page where one chooses. The browser comes
 * back here. An add-in in Outlook gets each token without leaving (Nested App Authentication).
 */
export async function signIn(key, api = 'licensing') {
  const chosen = options().find(({ value }) => value === key)
  const { authority, clientId, scope, sendingScope } = place
  const { address, begun } = await beginSignIn({
    ...{ authority, clientId, tenant: chosen?.dataset.tenant ?? 'common' },
    ...{ scope: api === 'sending' ? sendingScope : scope, redirectUri: `${location.origin}/` },
  })
  keep('begun', { begun, api })
  note({ method: chosen ? 'POST' : 'GET', url: address, status: say.browser, ms: 0, headers: {}, body: '' })
  if (!chosen) return location.assign(address)
  const form = Object.assign(document.createElement('form'), { method: 'post', action: address, hidden: true })
  form.append(Object.assign(document.createElement('input'), { name: 'person', value: key }))
  document.body.append(form)
  form.submit()
}

/** The browser has come back from signing in: keeps the token, and shows the page itself. */
export async function comeBack(query) {
  const { begun, api } = kept('begun') ?? {}
  sessionStorage.removeItem('begun')
  try {
    const signedIn = await endSignIn(begun ?? {}, query, recorded)
    if (api === 'sending') keep('sending token', { account: signedIn.account, token: signedIn.token })
    else keep('person', signedIn)
    location.replace(api === 'sending' ? `${home}#sending` : home)
  } catch (error) {
    history.replaceState(null, '', home)
    element('message').textContent = error.message
  }
}

/** A refused or missing token gets one new sign-in, as the same person; says whether it is under way. */
export function signInAgain(api = 'licensing') {
  const known = person && memberOf(person)
  if (!known || kept(`again ${api}`)) return false
  keep(`again ${api}`, true)
  void signIn(known.value, api)
  return true
}

/** There was an answer: the next refused token may be replaced again. */
export const wasAnswered = (api) => sessionStorage.removeItem(`again ${api}`)

/** The token of the Sending API, if whoever is signed in has one. */
export function sendingToken() {
  const known = kept('sending token')
  return known && known.account === person?.account ? known.token : null
}
