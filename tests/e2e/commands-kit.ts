import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Container, CosmosClient } from '@azure/cosmos'
import { ServiceBusClient, type ServiceBusSender } from '@azure/service-bus'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { expect } from 'vitest'
import { type Call, type Called, callAs } from '../../infra/local/call-as.ts'
import { type CastKey, tenants } from '../../infra/local/identity/cast.ts'
import type { Person } from '../../infra/local/identity/person.ts'
import type { LogLine } from '../../infra/local/logs.ts'
import type { CommandQueue, System } from '../../infra/local/system.ts'
import { aMember, People } from '../kit/people.ts'
import type { Body } from './commands-table.ts'

const PATIENCE_MS = 30_000
const POLL = { timeout: PATIENCE_MS, interval: 20 }
/** People may ask 120 times a minute. */
const ASK = { timeout: PATIENCE_MS, interval: 200 }
/** What an operator may read in Data Explorer. */
const readable = ['subscriptions', 'directory', 'operations', 'purchases', 'sending'] as const

/** An operator: queues to send to, logs and stores to read. And the people who see what came of it. */
export class Operator {
  readonly system: System
  /** Where the stand-ins keep their data. */
  readonly data: string
  readonly #people: People
  readonly #bus: ServiceBusClient
  readonly #store: CosmosClient
  readonly #senders = new Map<string, ServiceBusSender>()

  private constructor(people: People, data: string) {
    this.#people = people
    this.system = people.system
    this.data = data
    const { settings, cosmos } = this.system
    this.#bus = new ServiceBusClient(String(settings.SERVICE_BUS))
    const connectionPolicy = { enableEndpointDiscovery: false }
    this.#store = new CosmosClient({ endpoint: cosmos, key: String(settings.COSMOS_KEY), connectionPolicy })
  }

  /** Starts a whole system whose services run on two hosts. */
  static async start(): Promise<Operator> {
    const data = mkdtempSync(join(tmpdir(), 'smm-commands-'))
    return new Operator(await People.start({ data, hosts: ['functions', 'functions'] }), data)
  }

  async stop(): Promise<void> {
    await this.#bus.close()
    await this.#people.stop()
    rmSync(this.data, { recursive: true, force: true })
  }

  /** The addresses of the hosts, each for itself. */
  get hosts(): string[] {
    return this.system.hosts.all.map(({ ready }) => `http://127.0.0.1:${ready?.port}`)
  }

  /** Sends what was typed into Service Bus Explorer, with a message id of one's own. */
  async send(queue: string, typed: object | string, messageId = newId()): Promise<string> {
    const text = typeof typed === 'string' ? typed : JSON.stringify(typed)
    const sender = this.#senders.get(queue) ?? this.#bus.createSender(queue)
    this.#senders.set(queue, sender)
    await sender.sendMessages({ body: Buffer.from(text), contentType: 'application/json', messageId })
    return messageId
  }

  /** The line that a message id finds in the logs; the n-th, when the message has come n times. */
  answer(messageId: string, nth = 1): Promise<LogLine> {
    let found = 0
    const isAnswer = (line: LogLine) => line.messageId === messageId && line.event !== 'put_off' && ++found === nth
    return this.system.waitForLog(isAnswer, PATIENCE_MS)
  }

  /** A command that serves another one: its result. */
  async done(queue: CommandQueue, body: Body): Promise<Record<string, unknown>> {
    const line = await this.answer(await this.send(queue, body))
    expect(line).toMatchObject({ event: 'command_done', outcome: 'done' })
    return line.result as Record<string, unknown>
  }

  /** A query in Data Explorer. */
  async query<T = Record<string, unknown>>(container: string, sql: string): Promise<T[]> {
    return (await this.#container(container).items.query<T>(sql).fetchAll()).resources
  }

  #container = (name: string): Container => this.#store.database(names.database).container(name)

  /** All that operators may read, once nothing is under way; without what goes on by itself or says when it was looked at. */
  async picture(): Promise<Record<string, unknown>> {
    await this.quiet()
    const read = async (name: string) => {
      const items = await this.query(name, 'SELECT * FROM c')
      return items.filter((item) => !isRestless(item)).map(still)
    }
    const all = await Promise.all(readable.map(async (name) => [name, sorted(await read(name))] as const))
    return Object.fromEntries(all)
  }

  /** Waits until no queue, or not this one, has a message that is due. */
  async quiet(queue?: CommandQueue): Promise<void> {
    const busy = async () => {
      const response = await fetch(`${this.system.busControl}/queues`)
      const { queues } = (await response.json()) as { queues: { name: string; active: number; locked: number }[] }
      const waiting = queues.filter(({ active, locked }) => active + locked > 0).map(({ name }) => name)
      return waiting.filter((name) => queue === undefined || name === queue)
    }
    await expect.poll(busy, POLL).toEqual([])
  }

  /** A call of the public API, or of one host. */
  call = (person: CastKey | Person, call: Call, origin = this.system.origin): Promise<Called> =>
    callAs({ ...this.system, origin }, person, call)

  /** A call that must succeed: what it answers. */
  async asked(person: CastKey | Person, call: Call, origin?: string): Promise<Called['body']> {
    const { status, body } = await this.call(person, call, origin)
    expect([call.path, status, body?.title]).toEqual([call.path, 200, undefined])
    return body
  }

  /** What the look-up tells somebody. */
  async licence(person: CastKey | Person): Promise<string> {
    return (await this.asked(person, { path: '/api/licence' })).code
  }

  /** A control route of the seller's stand-in, or of Microsoft's. */
  async control(of: 'stripe' | 'graph', what: string, body?: object): Promise<Called['body']> {
    const headers = { 'Content-Type': 'application/json' }
    const how = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {}
    const response = await fetch(`${this.system[of]}/_local/${what}`, how)
    expect([what, response.status]).toEqual([what, 200])
    return response.json()
  }
}

/** As an operator makes one: initials, and something that nobody has used. */
export const newId = (): string => `op-${crypto.randomUUID()}`

/** Somebody of Contoso whom nobody knows yet. */
export const somebody = (): Person => aMember(tenants.contoso.id, `${crypto.randomUUID()}@contoso.example`)

/** The account of somebody, as a command names it. */
export const accountOf = ({ tenantId, objectId }: Person): { tenantId: string; objectId: string } => ({
  ...{ tenantId, objectId },
})

/** Asks until the answer is right. @throws the last AssertionError after half a minute */
export const soon = (look: () => Promise<unknown>, how = ASK) => expect.poll(look, how)

type Item = Record<string, unknown>

/** The mark that grows each minute, the wakes of mailboxes, and what is parked. */
const isRestless = ({ kind }: Item): boolean => ['epoch', 'mailbox', 'parked'].includes(String(kind))

/** Without what says when something was looked at: whoever looks again may say so. */
const still = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !/^(_.*|seenAt)$/.test(name)))

const sorted = (items: Item[]): Item[] => {
  const keyOf = (item: Item) =>
    `${item.subscriptionId ?? item.key ?? item.service ?? item.about ?? item.mailboxId} ${item.id}`
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
