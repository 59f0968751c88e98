/**
 * Signs somebody in at the identity stand-in as a browser would: picks them on the page of an address, and answers what
 * it asks about consent. Returns the address that the browser is sent back to.
 */
export async function signInAt(
  url: string,
  person: string,
  consent: 'accept' | 'refuse' | 'back' = 'accept',
): Promise<URL> {
  const body = new URLSearchParams({ person, consent })
  const response = await fetch(url, { method: 'POST', redirect: 'manual', body })
  const location = response.headers.get('location')
  if (!location) throw new Error(`${response.status}: ${(await response.text()).replace(/^[\s\S]*<main>/, '')}`)
  return new URL(location)
}
