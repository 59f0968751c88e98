import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Connection } from 'rhea'

/** The name of the only shared access key there is. */
export const keyName = 'local'
const sasType = 'servicebus.windows.net:sastoken'

/**
 * Who may open which link: what each connection has shown a token for.
 *
 * A token counts when it was signed with the key; it opens its own audience only. Its expiry is not looked at: clients
 * stamp it with their own clock, which the supervisor's clock may be a year ahead of.
 */
export class Access {
  readonly #key: string
  readonly #shown = new WeakMap<Connection, Set<string>>()

  constructor(key: string) {
    this.#key = key
  }

  /** Notes a token of a connection; returns a sentence that says why not when it is no good. */
  show(connection: Connection, { type, audience, token }: Record<string, unknown>): string | undefined {
    if (type !== sasType)
      return `Tokens of type ${type} are not supported by the local Service Bus: use its connection string.`
    const parts = new URLSearchParams(String(token).replace(/^SharedAccessSignature /, ''))
    if (parts.get('skn') !== keyName) return `There is no shared access key "${parts.get('skn')}".`
    if (!this.#signed(parts)) return 'The signature of the token is wrong.'
    if (parts.get('sr') !== audience) return 'The token is for another audience.'
    const paths = this.#shown.get(connection) ?? new Set()
    this.#shown.set(connection, paths.add(pathOf(String(audience))))
    return undefined
  }

  /** Whether the connection has shown a token for this address. */
  allows(connection: Connection, address: string): boolean {
    return this.#shown.get(connection)?.has(address.toLowerCase()) ?? false
  }

  #signed(parts: URLSearchParams): boolean {
    const text = `${encodeURIComponent(parts.get('sr') ?? '')}\n${parts.get('se')}`
    const wanted = createHmac('sha256', this.#key).update(text).digest()
    const given = Buffer.from(parts.get('sig') ?? '', 'base64')
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }
}

/** The path of an audience such as `sb://host:port/queue/$management`, in lower case. */
const pathOf = (audience: string): string => audience.replace(/^[a-z]+:\/\/[^/]*\//i, '').toLowerCase()
