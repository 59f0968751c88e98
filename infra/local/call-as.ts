import type { Person } from './identity/person.ts'
import type { System } from './system.ts'

/** What the public API answered. `body` is parsed JSON, or undefined. */
export interface Called {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: whoever calls knows the route, and with it the shape.
  body: any
}

/** A call of the public API. `path` begins with `/api/`. */
export interface Call {
  method?: 'GET' | 'POST' | 'DELETE'
  path: string
  /** JSON; a text is sent as it is, as JSON lines. */
  body?: unknown
  /** In which the person is answered; English unless it is said. */
  language?: 'en' | 'fr'
}

/** An access token for the add-in, straight from the identity stand-in: of a person of the cast, or of a made-up account. */
export async function tokenOf(
  { identity }: Pick<System, 'identity'>,
  person: string | Person,
  audience: 'licensingApi' | 'sendingApi' = 'licensingApi',
): Promise<string> {
  const response = await fetch(`${identity}/_local/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ person, client: 'addIn', audience }),
  })
  if (!response.ok) throw new Error(`no token for ${JSON.stringify(person)}: ${await response.text()}`)
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}

/** Calls the public API as a person of the cast or a made-up account, with a fresh token. @throws Error when nobody answers */
export async function callAs(
  system: Pick<System, 'origin' | 'identity'>,
  person: string | Person,
  call: Call,
): Promise<Called> {
  const { method = 'GET', path, body, language = 'en' } = call
  const audience = /^\/api\/(campaigns|mailboxes)/.test(path) ? 'sendingApi' : 'licensingApi'
  const isText = typeof body === 'string'
  const response = await fetch(system.origin + path, {
    method,
    headers: {
      Authorization: `Bearer ${await tokenOf(system, person, audience)}`,
      'Accept-Language': language,
      ...(body === undefined ? {} : { 'Content-Type': isText ? 'application/jsonl' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: /\bjson\b/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined,
  }
}

/** The id of the seat that an address has, as one of the subscription's managers finds it; undefined without one. */
export async function seatOf(
  system: Pick<System, 'origin' | 'identity'>,
  person: string,
  subscriptionId: string,
  address: string,
): Promise<string | undefined> {
  const query = new URLSearchParams({ prefix: address, limit: '200' })
  const { body } = await callAs(system, person, { path: `/api/subscriptions/${subscriptionId}/seats?${query}` })
  const seats: { id: string; address: string; state: string }[] = body?.seats ?? []
  return seats.find((seat) => seat.address === address.toLowerCase() && seat.state !== 'released')?.id
}
