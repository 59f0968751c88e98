import { randomBytes } from 'node:crypto'
import type { Mailbox } from './directory.ts'
import { Journal } from './journal.ts'
import type { Folder, Message, Recipient } from './message.ts'

/** One mail that was accepted, as it left. */
export interface Delivery {
  /** Whose account sent it, and whose limits it counts for. */
  mailbox: string
  /** Who it is from, as a recipient sees. */
  from: string
  /** Whether it says "on behalf of". */
  onBehalf: boolean
  to: Recipient[]
  cc: Recipient[]
  bcc: Recipient[]
  subject: string
  html: string
  headers: { name: string; value: string }[]
  files: { name: string; contentType: string; size: number; sha256: string }[]
  /** Our own mark; null when the mail has none. */
  stamp: string | null
  internetMessageId: string
  /** ms */
  at: number
}

/** Everything that is in the mailboxes, and everything that has left; kept in a folder between runs, or in memory. */
export class Store {
  readonly #journal: Journal | undefined
  readonly #messages = new Map<string, Message>()
  readonly #byMailbox = new Map<string, Set<string>>()
  /** Ids of messages by mailbox and what one may look for: an `internetMessageId`, a property. */
  readonly #index = new Map<string, Set<string>>()
  readonly #delivered: Delivery[] = []
  /** Mailboxes that were made or changed, of earlier runs. */
  readonly mailboxes: Mailbox[] = []

  constructor(folder: string | undefined) {
    if (folder === undefined) return
    this.#journal = new Journal(folder)
    const things = this.#journal.read()
    this.#journal.rewrite(things)
    for (const [key, value] of things) {
      if (key.startsWith('message ')) this.#add(value as Message)
      else if (key.startsWith('delivery ')) this.#delivered.push(value as Delivery)
      else this.mailboxes.push(value as Mailbox)
    }
  }

  /** Every accepted mail, in the order in which they were accepted. */
  get delivered(): readonly Delivery[] {
    return this.#delivered
  }

  /** An id as Exchange makes them: long, with signs that an address must escape, the end alike. */
  newId = (): string => `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${randomBytes(24).toString('base64url')}AAA=`

  /** A message of a mailbox by its id. */
  get(mailbox: string, id: string): Message | undefined {
    const message = this.#messages.get(id)
    return message?.mailbox === mailbox ? message : undefined
  }

  /** A message of whatever mailbox. */
  find = (id: string): Message | undefined => this.#messages.get(id)

  /** The messages of a mailbox, the newest first. */
  of(mailbox: string, folder?: Folder): Message[] {
    const all = Array.from(this.#byMailbox.get(mailbox) ?? [], (id) => this.#messages.get(id) as Message)
    return (folder === undefined ? all : all.filter((one) => one.folder === folder)).reverse()
  }

  /** Those of a mailbox that are known under a value: see `keysOf`. */
  indexed(mailbox: string, key: string): Message[] {
    const ids = this.#index.get(`${mailbox} ${key}`) ?? []
    return Array.from(ids, (id) => this.#messages.get(id) as Message).reverse()
  }

  /** Keeps a message: a new one, or the one of this id as it is from now on. */
  put(message: Message): void {
    const before = this.#messages.get(message.id)
    if (before) this.#unindex(before)
    this.#add(message)
    this.#journal?.note(`message ${message.id}`, message)
  }

  remove(message: Message): void {
    this.#unindex(message)
    this.#messages.delete(message.id)
    this.#byMailbox.get(message.mailbox)?.delete(message.id)
    this.#journal?.note(`message ${message.id}`, null)
  }

  deliver(delivery: Delivery): void {
    this.#journal?.note(`delivery ${this.#delivered.length}`, delivery)
    this.#delivered.push(delivery)
  }

  noteMailbox(mailbox: Mailbox): void {
    this.#journal?.note(`mailbox ${mailbox.address}`, mailbox)
  }

  /** Writes what is new, if there is a folder. */
  save(): void {
    this.#journal?.save()
  }

  #add(message: Message): void {
    this.#messages.set(message.id, message)
    setIn(this.#byMailbox, message.mailbox).add(message.id)
    for (const key of keysOf(message)) setIn(this.#index, `${message.mailbox} ${key}`).add(message.id)
  }

  #unindex(message: Message): void {
    for (const key of keysOf(message)) {
      const ids = this.#index.get(`${message.mailbox} ${key}`)
      ids?.delete(message.id)
      if (ids?.size === 0) this.#index.delete(`${message.mailbox} ${key}`)
    }
  }
}

/** What a message is found by. */
export const byMessageId = (internetMessageId: string): string => `id ${internetMessageId}`
/** What a message is found by: names of properties in any case, values as they are. */
export const byProperty = (id: string, value: string): string => `property ${id.toLowerCase()} ${value}`

const keysOf = ({ internetMessageId, properties }: Message): string[] => [
  byMessageId(internetMessageId),
  ...Object.entries(properties).map(([id, value]) => byProperty(id, value)),
]

function setIn(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key) ?? new Set<string>()
  map.set(key, known)
  return known
}
