import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { Container } from './container.ts'
import type { Definition } from './definition.ts'
import { isObject } from './item.ts'
import { Journal } from './journal.ts'
import { Refusal } from './refusal.ts'

const fileOf = (name: string) => `${encodeURIComponent(name)}.jsonl`

/** The databases and their containers: those of names.json from the start, others as clients create them. */
export class Databases {
  readonly #databases = new Map<string, Map<string, Container>>()
  readonly #folder: string | undefined
  readonly #now: () => Date

  constructor(data: string | undefined, now: () => Date) {
    this.#folder = data === undefined ? undefined : join(data, 'databases')
    this.#now = now
    this.#restore()
    if (!this.has(names.database)) this.create(names.database)
    for (const [id, { partitionKey, defaultTtl, indexed }] of Object.entries(names.containers)) {
      this.#settle({ id, keyField: partitionKey.slice(1), defaultTtl, included: indexed, excluded: ['/*'] })
    }
  }

  has = (database: string) => this.#databases.has(database)

  /** @throws Refusal 409 when there is one of that name */
  create(database: string): void {
    if (this.has(database)) throw new Refusal(409, `There is a database ${database} already.`)
    if (this.#folder !== undefined) mkdirSync(join(this.#folder, encodeURIComponent(database)), { recursive: true })
    this.#databases.set(database, new Map())
  }

  /** @throws Refusal 404 when there is none of that name */
  remove(database: string): void {
    for (const container of this.#containers(database).values()) container.close()
    if (this.#folder !== undefined) rmSync(join(this.#folder, encodeURIComponent(database)), { recursive: true })
    this.#databases.delete(database)
  }

  /** @throws Refusal 404 when there is none of that name */
  container(database: string, id: string): Container {
    const container = this.#containers(database).get(id)
    if (!container) throw new Refusal(404, `There is no container ${id} in the database ${database}.`, 1003)
    return container
  }

  /** @throws Refusal 404 without the database, 409 when there is a container of that name */
  createContainer(database: string, definition: Definition): Container {
    const containers = this.#containers(database)
    if (containers.has(definition.id)) throw new Refusal(409, `There is a container ${definition.id} already.`)
    const journal = this.#journal(database, definition.id)
    const container = new Container(database, definition, journal, this.#now())
    containers.set(definition.id, container)
    return container
  }

  /** @throws Refusal 404 when there is none of that name */
  removeContainer(database: string, id: string): void {
    this.container(database, id).remove()
    this.#containers(database).delete(id)
  }

  close(): void {
    for (const containers of this.#databases.values()) for (const container of containers.values()) container.close()
  }

  #containers(database: string): Map<string, Container> {
    const containers = this.#databases.get(database)
    if (!containers) throw new Refusal(404, `There is no database ${database}.`, 1003)
    return containers
  }

  #journal(database: string, id: string): Journal | undefined {
    if (this.#folder === undefined) return undefined
    return new Journal(join(this.#folder, encodeURIComponent(database), fileOf(id)))
  }

  /** names.json decides what a container is, also when its items are older; only its key cannot change under them. */
  #settle(definition: Definition): void {
    const existing = this.#containers(names.database).get(definition.id)
    if (existing && existing.definition.keyField !== definition.keyField) {
      throw new Error(`The partition key of ${definition.id} changed: empty the stand-ins with npm run reset`)
    }
    existing?.close()
    this.#containers(names.database).delete(definition.id)
    this.createContainer(names.database, definition)
  }

  #restore(): void {
    if (this.#folder === undefined) return
    mkdirSync(this.#folder, { recursive: true })
    for (const folder of readdirSync(this.#folder)) {
      const database = decodeURIComponent(folder)
      this.create(database)
      for (const file of readdirSync(join(this.#folder, folder))) {
        const id = decodeURIComponent(file.slice(0, -'.jsonl'.length))
        const journal = this.#journal(database, id)
        const first = journal?.read()[0]
        journal?.close()
        if (file.endsWith('.jsonl') && isObject(first)) this.createContainer(database, first.definition as Definition)
      }
    }
  }
}
