import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Every answer of the public address, which is served in this process. */
export class Answers {
  asked = 0
  /** Those that no caller should get: of ours the fault, or cut off. */
  readonly failed: string[] = []

  /** From now on; the function that comes back ends it. */
  watch(): () => void {
    const heard = (message: unknown) => this.#heard(message as { request: IncomingMessage; response: ServerResponse })
    subscribe('http.server.request.start', heard)
    return () => void unsubscribe('http.server.request.start', heard)
  }

  #heard({ request: { method, url = '' }, response }: { request: IncomingMessage; response: ServerResponse }): void {
    if (!/^\/(api|\.well-known)\//.test(url)) return
    this.asked += 1
    response.once('close', () => {
      const said = response.writableFinished ? response.statusCode : 'cut off'
      if (said === 'cut off' || said >= 500) this.failed.push(`${said}: ${method} ${url.split('?', 1)[0]}`)
    })
  }
}
