import { AddIn, type Shown } from '../add-in/client.ts'
import { type CastKey, cast } from '../identity/cast.ts'
import type { System } from '../system.ts'

/** What a service answered. */
export interface Said {
  status: number
  body: Record<string, unknown>
}

/** People, their add-ins and an operator, all of them outside: public HTTP and the command queue are all they have. */
export class Stage {
  readonly system: System
  /** The subscription of the story, and its seats by address, as the owner's answers named them. */
  subscriptionId = ''
  readonly seats = new Map<string, string>()
  readonly #addIns = new Map<CastKey, AddIn>()
  readonly #tokens = new Map<CastKey, string>()

  constructor(system: System) {
    this.system = system
  }

  /** Opens the add-in of a person: it asks, and shows a mail with or without the footer. */
  async open(person: CastKey): Promise<Shown> {
    const { tenantId, objectId } = cast[person]
    const signedIn = { account: `${tenantId}.${objectId}`, token: await this.#token(person) }
    return this.#addIn(person).ask(signedIn, 'en')
  }

  async call(person: CastKey, method: string, path: string, body?: unknown): Promise<Said> {
    const response = await fetch(this.system.origin + path, {
      method,
      headers: { Authorization: `Bearer ${await this.#token(person)}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Said['body'] }
  }

  /** The owner's call on the subscription of the story. Seats that it names are kept by address. */
  async owner(path: string, body: unknown): Promise<Said> {
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

  /** Moves the clock of the whole system; access tokens end with it, as they do. */
  advance(days: number): void {
    this.system.clock.advance(days * 86_400_000)
    this.#tokens.clear()
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

  async #token(person: CastKey): Promise<string> {
    const known = this.#tokens.get(person)
    if (known) return known
    const response = await fetch(`${this.system.identity}/_local/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ person, client: 'addIn', audience: 'licensingApi' }),
    })
    const { access_token: token } = (await response.json()) as { access_token: string }
    this.#tokens.set(person, token)
    return token
  }
}
