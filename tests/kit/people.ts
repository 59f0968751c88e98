import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tokenOf } from '../../infra/local/call-as.ts'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import type { Person } from '../../infra/local/identity/person.ts'
import { type System, type SystemOptions, startSystem } from '../../infra/local/system.ts'

/** An answer over HTTP: status, parsed body, headers. */
export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape it expects and fails when it is another
  json: any
  headers: Headers
}

/** People using a whole system through its public address. */
export class People {
  readonly system: System
  readonly #folder: string
  readonly #tokens = new Map<string, string>()

  private constructor(system: System, folder: string) {
    this.system = system
    this.#folder = folder
  }

  /** Starts a system of its own: free ports, an empty folder. */
  static async start(options: Partial<SystemOptions> = {}): Promise<People> {
    const folder = mkdtempSync(join(tmpdir(), 'smm-system-'))
    return new People(await startSystem({ base: 0, data: folder, quiet: true, ...options }), folder)
  }

  async stop(): Promise<void> {
    await this.system.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** A token of this person for the licensing API, kept until `forget`. */
  async tokenOf(person: CastKey | Person): Promise<string> {
    const key = JSON.stringify(person)
    const known = this.#tokens.get(key)
    if (known) return known
    const token = await tokenOf(this.system, person)
    this.#tokens.set(key, token)
    return token
  }

  /** Moves the clock; tokens end with it. */
  advance(ms: number): void {
    this.system.clock.advance(ms)
    this.#tokens.clear()
  }

  /** Tells the store how to fail (`POST`), or to fail no more (`DELETE`). */
  storeFault = (method: 'POST' | 'DELETE', body?: unknown) =>
    fetch(`${this.system.cosmos}/_local/faults`, {
      ...{ method, headers: { 'Content-Type': 'application/json' } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  async ask(
    person: CastKey | Person,
    method: string,
    path: string,
    more: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const authorization = `Bearer ${await this.tokenOf(person)}`
    const sends = more.body === undefined ? {} : { 'Content-Type': 'application/json' }
    const response = await fetch(`${this.system.origin}${path}`, {
      method,
      headers: { authorization, ...sends, ...more.headers },
      ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
    })
    const text = await response.text()
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text), headers: response.headers }
  }

  lookUp = (person: CastKey | Person, headers: Record<string, string> = {}) =>
    this.ask(person, 'GET', '/api/licence', { headers })

  assign = (
    person: CastKey | Person,
    subscriptionId: string,
    addresses: string[],
    headers: Record<string, string> = {},
  ) => this.ask(person, 'POST', `/api/subscriptions/${subscriptionId}/seats`, { body: { addresses }, headers })

  withdraw = (person: CastKey | Person, subscriptionId: string, seats: string[]) =>
    this.ask(person, 'POST', `/api/subscriptions/${subscriptionId}/seats/withdraw`, { body: { seats } })

  /** A subscription by the operator's command; answers its id. */
  async grant(to: CastKey | Person, quantity: number, more: Record<string, unknown> = {}): Promise<string> {
    const { tenantId, objectId } = typeof to === 'string' ? cast[to] : to
    const until = new Date(this.system.clock.now().getTime() + 365 * 86_400_000).toISOString()
    const terms = { owner: { tenantId, objectId }, quantity, until, name: 'Contoso', why: 'test', ...more }
    const messageId = await this.system.sendCommand({ command: 'grant', ...terms })
    const line = await this.system.waitForLog((one) => one.event === 'command_done' && one.messageId === messageId)
    const result = line.result as { subscriptionId?: string }
    if (!result.subscriptionId) throw new Error(`grant: ${JSON.stringify(line)}`)
    return result.subscriptionId
  }
}

/** Somebody made up for a moment: a member of a tenant with this address. */
export const aMember = (tenantId: string, mail: string): Person => ({
  tenantId,
  objectId: crypto.randomUUID(),
  upn: mail,
  mail,
  name: mail,
  kind: 'member',
  edov: true,
})
