import { AddIn, type Shown } from '../add-in/client.ts'
import { type Called, callAs, tokenOf } from '../call-as.ts'
import { type CastKey, cast } from '../identity/cast.ts'
import type { System } from '../system.ts'

/** People, their add-ins and an operator, all of them outside: public HTTP and the command queue are all they have. */
export class Stage {
  readonly system: System
  /** The subscription of the story, and its seats by address, as the owner's answers named them. */
  subscriptionId = ''
  readonly seats = new Map<string, string>()
  readonly #addIns = new Map<CastKey, AddIn>()

  constructor(system: System) {
    this.system = system
  }

  /** Opens the add-in of a person: it asks, and shows a mail with or without the footer. */
  async open(person: CastKey): Promise<Shown> {
    const { tenantId, objectId } = cast[person]
    const signedIn = { account: `${tenantId}.${objectId}`, token: await tokenOf(this.system, person) }
    return this.#addIn(person).ask(signedIn, 'en')
  }

  call(person: CastKey, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Called> {
    return callAs(this.system, person, { method, path, body })
  }

  /** The owner's call on the subscription of the story. Seats that it names are kept by address. */
  async owner(path: string, body: unknown): Promise<Called> {
    const said = await this.call('olivia', 'POST', `/api/subscriptions/${this.subscriptionId}/seats${path}`, body)
    const named = [said.body.seats, said.body.from, said.body.to].flat() as { address: string; seat: string }[]
    for (const one of named) if (one) this.seats.set(one.address, one.seat)
    return said
  }

  /** An operator's command; the answer is the log line that its message id finds. */
  async command(command: object): Promise<Record<string, unknown>> {
    const messageId = await this.system.sendCommand(command)
    const line = await this.system.waitForLog((one) => one.event === 'command_done' && one.messageId === messageId)
    return line.result as Record<string, unknown>
  }

  /** Somebody does something at the seller: a method of its `Acts`. */
  async atSeller(act: string, ...given: unknown[]): Promise<Record<string, unknown>> {
    const { done } = await this.#seller('act', { do: act, with: given })
    return (done ?? {}) as Record<string, unknown>
  }

  /** How the seller's events are delivered from now on. */
  async deliver(how: object): Promise<void> {
    await this.#seller('deliver', how)
  }

  /** A control route of Microsoft Graph's stand-in; without a body it is read. */
  async atGraph(what: string, body?: object): Promise<Record<string, unknown>> {
    return control(`${this.system.graph}/_local/${what}`, body)
  }

  /** Asks until the answer is right; what a queue does takes a moment. @throws the last AssertionError after 15 s */
  async soon(look: () => Promise<void>): Promise<void> {
    const until = Date.now() + 15_000
    for (;;) {
      try {
        return await look()
      } catch (error) {
        if (Date.now() > until) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  async #seller(what: string, body: object): Promise<Record<string, unknown>> {
    return control(`${this.system.stripe}/_local/${what}`, body)
  }

  /** Moves the clock of the whole system. */
  advance(days: number): void {
    this.system.clock.advance(days * 86_400_000)
  }

  #addIn(person: CastKey): AddIn {
    const known = this.#addIns.get(person)
    if (known) return known
    const kept = new Map<string, string>()
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    }
    const addIn = new AddIn({ origin: this.system.origin, storage, now: () => this.system.clock.now() })
    this.#addIns.set(person, addIn)
    return addIn
  }
}

async function control(url: string, body?: object): Promise<Record<string, unknown>> {
  const json = { 'Content-Type': 'application/json' }
  const response = await fetch(url, body ? { method: 'POST', headers: json, body: JSON.stringify(body) } : {})
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}
