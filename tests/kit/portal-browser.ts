import { signInAt } from './sign-in.ts'

/** What came back: status, parsed body, headers. */
export interface Seen {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape it expects and fails when it is another
  json: any
  text: string
  headers: Headers
}

interface Sends {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

/** The attributes that every cookie of ours has: the browser keeps it for this host, and shows it to no script. */
const ATTRIBUTES = ['httponly', 'path=/', 'samesite=lax', 'secure']

/** A browser with cookies of its own, which keeps what `__Host-` promises; its page is ours. */
export class PortalBrowser {
  readonly #origin: string
  readonly cookies = new Map<string, string>()

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Asks as our page does: with the cookies, and saying where it comes from. `path` may be a whole address of ours. */
  async ask(path: string, { method = 'GET', body, headers = {} }: Sends = {}): Promise<Seen> {
    const asked = new Headers({ 'sec-fetch-site': 'same-origin', ...headers })
    if (this.cookies.size > 0) asked.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '))
    if (method !== 'GET' && !asked.has('origin')) asked.set('origin', this.#origin)
    if (body !== undefined && !asked.has('content-type')) asked.set('content-type', 'application/json')
    const response = await fetch(new URL(path, this.#origin), {
      ...{ method, headers: asked, redirect: 'manual' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie)
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, json: isJson ? JSON.parse(text) : undefined, text, headers: response.headers }
  }

  post = (path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Seen> =>
    this.ask(path, { method: 'POST', body, headers })

  /** The page of Microsoft that signing in leads to. */
  async beginSignIn(wish: { returnTo?: string; fresh?: boolean } = {}): Promise<string> {
    const { status, json } = await this.post('/api/session/sign-in', { returnTo: '/', ...wish })
    if (status !== 200) throw new Error(`sign-in: ${status} ${json?.title}`)
    return json.url
  }

  /** Opens the address that Microsoft sends back to; answers the address that this leads to. */
  async comeBack(back: URL | string): Promise<string> {
    const { status, headers } = await this.ask(String(back), { headers: { 'sec-fetch-site': 'cross-site' } })
    if (status !== 303) throw new Error(`callback: ${status}`)
    return headers.get('location') ?? ''
  }

  /** Signs somebody in, all the way; answers where that ends. */
  signIn = async (person: string, wish: { returnTo?: string; fresh?: boolean } = {}): Promise<string> =>
    this.comeBack(await signInAt(await this.beginSignIn(wish), person))

  /** What the session's cookie holds. */
  get secret(): string | undefined {
    return this.cookies.get('__Host-session')
  }

  #keep(text: string): void {
    const [pair = '', ...attributes] = text.split('; ')
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? []
    const lasting = attributes.filter((one) => !/^(max-age|expires)=/.test(one))
    if (name.startsWith('__Host-') && lasting.sort().join() !== ATTRIBUTES.join()) {
      throw new Error(`no browser keeps this cookie: ${text}`)
    }
    if (attributes.includes('max-age=0')) this.cookies.delete(name)
    else this.cookies.set(name, decodeURIComponent(value))
  }
}
