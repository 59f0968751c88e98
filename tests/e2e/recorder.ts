import { gunzipSync } from 'node:zlib'
import type { BrowserContext, Request } from 'playwright-core'

/** A request as it left the browser: its address, its headers, its body, in every way that they can be read. */
export interface Recorded {
  what: string
  /** Lower case; what is percent-encoded, base64 or gzip stands here decoded as well. */
  readings: string
}

/** Records every request of every page of a context, also of those that it opens, and of pages that are leaving. */
export class Recorder {
  readonly #requests: Promise<Recorded>[] = []

  constructor(context: BrowserContext) {
    context.on('request', (request) => this.#requests.push(recorded(request)))
    context.on('page', (page) =>
      page.on('websocket', (socket) =>
        socket.on('framesent', ({ payload }) => {
          this.#requests.push(Promise.resolve({ what: socket.url(), readings: readings(Buffer.from(payload)) }))
        }),
      ),
    )
  }

  /** Forgets what was recorded so far. */
  forget(): void {
    this.#requests.length = 0
  }

  all = (): Promise<Recorded[]> => Promise.all(this.#requests)

  /** The requests in which one of these texts can be read, each with what was found. */
  async carrying(texts: string[]): Promise<string[]> {
    const all = await this.all()
    return all.flatMap(({ what, readings: read }) =>
      texts.filter((text) => read.includes(text.toLowerCase())).map((text) => `${what}: ${text}`),
    )
  }
}

async function recorded(request: Request): Promise<Recorded> {
  // Of a page that is gone only what it was given is left.
  const headers = await request.allHeaders().catch(() => request.headers())
  const body = request.postDataBuffer() ?? Buffer.alloc(0)
  const sent = Buffer.from([request.url(), ...Object.entries(headers).flat(), ''].join('\n'))
  return { what: `${request.method()} ${request.url()}`, readings: readings(Buffer.concat([sent, body])) }
}

/** All that somebody could read in these bytes. */
export function readings(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  const packed = bytes.indexOf(Buffer.from([0x1f, 0x8b]))
  const all = [text, bytes.toString('utf8'), unescaped(text), ...fromBase64(text)]
  if (packed !== -1) all.push(unpacked(bytes.subarray(packed)))
  return all.join('\n').toLowerCase()
}

/** Percent-encoding undone, however often it was done. */
function unescaped(text: string): string {
  const once = text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
  return once === text ? text : `${once}\n${unescaped(once)}`
}

/** A text may begin anywhere in what was encoded, and so at any of four places of a run of letters. */
const fromBase64 = (text: string): string[] =>
  (unescaped(text).match(/[\w+/-]{12,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((at) => Buffer.from(run.slice(at), 'base64').toString('latin1')),
  )

function unpacked(bytes: Buffer): string {
  try {
    return gunzipSync(bytes).toString('latin1')
  } catch {
    return ''
  }
}
