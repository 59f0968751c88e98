import assert from 'node:assert/strict'
import type { System } from '../../infra/local/system.ts'
import { PortalBrowser } from '../kit/portal-browser.ts'

/** An owner on the page: sessions that one version has begun are believed by the services of the other. */
export class Visitor {
  readonly #system: System
  #browsers: PortalBrowser[] = []

  constructor(system: System) {
    this.#system = system
  }

  /** Signs in once more, looks around in each browser that is open, and signs out of the one that was opened first. */
  async play(): Promise<void> {
    const browser = new PortalBrowser(this.#system.origin)
    assert.equal(await browser.signIn('olivia'), `${this.#system.origin}/`)
    this.#browsers.push(browser)
    for (const one of this.#browsers)
      for (const path of ['/api/session', '/api/subscriptions', '/api/licence', '/api/mailboxes']) {
        const { status, json } = await one.ask(path)
        assert.equal(status, 200, `${path}: ${JSON.stringify(json)}`)
        if (path === '/api/session') assert.equal(json.signedIn, true)
      }
    if (this.#browsers.length < 2) return
    const first = this.#browsers.shift() as PortalBrowser
    assert.equal((await first.post('/api/session/sign-out')).status, 200)
    assert.equal((await first.ask('/api/subscriptions')).status, 401)
  }

  /** Days have passed: nobody is signed in any more. */
  leave(): void {
    this.#browsers = []
  }
}
