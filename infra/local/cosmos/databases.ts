import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { Container } from './container.ts'
import type { Definition } from './definition.ts'
import { Journal, linesOf } from './journal.ts'
import { Refusal } from './refusal.ts'

const SUFFIX = '.jsonl'

const named: Definition[] = Object.entries(names.containers).map(([id, { partitionKey, defaultTtl, indexed }]) => ({
  id,
  keyField: partitionKey.slice(1),
  defaultTtl,
  included: indexed,
  excluded: ['/*'],
}))

/** The databases and their containers: those of names.json from the start, others as clients create them. */
export class Databases {
  readonly #databases = new Map<string, Map<string, Container>>()
  readonly #folder: string | undefined
  readonly #now: () => Date

  /** @throws Error when names.json gives a container of `data` another partition key */
  constructor(data: string | undefined, now: () => Date) {
    this.#folder = data === undefined ? undefined : join(data, 'databases')
    this.#now = now
    this.#restore()
    if (!this.has(names.database)) this.create(names.database)
    const existing = this.#containers(names.database)
    for (const definition of named) {
      if (!existing.has(definition.id)) this.createContainer(names.database, definition)
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
    const file = encodeURIComponent(definition.id) + SUFFIX
    const journal = this.#folder && new Journal(join(this.#folder, encodeURIComponent(database), file))
    const container = new Container(database, definition, journal || undefined, this.#now())
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

  #restore(): void {
    if (this.#folder === undefined) return
    mkdirSync(this.#folder, { recursive: true })
    for (const folder of readdirSync(this.#folder)) {
      const database = decodeURIComponent(folder)
      this.create(database)
      for (const file of readdirSync(join(this.#folder, folder)).filter((name) => name.endsWith(SUFFIX))) {
        const [first] = linesOf(join(this.#folder, folder, file)) as { definition: Definition }[]
        if (first) this.createContainer(database, this.#current(database, first.definition))
      }
    }
  }

  /** names.json decides what a container is, also when its items are older; only its key cannot change under them. */
  #current(database: string, stored: Definition): Definition {
    const current = database === names.database ? named.find(({ id }) => id === stored.id) : undefined
    if (current && current.keyField !== stored.keyField) {
      throw new Error(`The partition key of ${stored.id} changed: empty the stand-ins with npm run reset`)
    }
    return current ?? stored
  }
}
