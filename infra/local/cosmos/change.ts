import { randomUUID } from 'node:crypto'
import type { Container } from './container.ts'
import { checkBody, type Item, MAX_BYTES, type Stored } from './item.ts'
import { patched, patchOf } from './patch.ts'
import { Refusal, unsupported } from './refusal.ts'
import { compileSql } from './sql.ts'

/** One operation on one item, alone or in a batch, in the words of a batch. */
export interface Operation {
  operationType: string
  id?: string | undefined
  resourceBody?: unknown
  ifMatch?: string | undefined
  ifNoneMatch?: string | undefined
}

/** What an operation did: the status of the service, and the item as it is now, unless it is gone. */
export interface Outcome {
  status: number
  stored?: Stored
}

/** Operations on one partition that take effect together, at `commit`, or never. */
export class Change {
  readonly #container: Container
  readonly #key: string
  readonly #now: Date
  readonly #changes = new Map<string, Stored | undefined>()

  constructor(container: Container, key: string, now: Date) {
    this.#container = container
    this.#key = key
    this.#now = now
  }

  /** @throws Refusal when the service would refuse this operation; what came before is then to be given up too */
  perform(operation: Operation): Outcome {
    const { operationType: type, ifMatch, ifNoneMatch } = operation
    if (ifNoneMatch !== undefined) throw unsupported(`ifNoneMatch for ${type}`)
    if (ifMatch !== undefined && (type === 'Create' || type === 'Read')) throw unsupported(`ifMatch for ${type}`)
    if (type === 'Create' || type === 'Upsert') return this.#write(operation)
    const found = this.#get(String(operation.id))
    if (!found) throw new Refusal(404, 'There is no item with this id and partition key.')
    checkMatch(found, ifMatch)
    if (type === 'Read') return { status: 200, stored: found }
    if (type === 'Delete') return this.#drop(found.item.id)
    if (type === 'Replace') return { status: 200, stored: this.#put(operation.resourceBody, found) }
    if (type === 'Patch') return { status: 200, stored: this.#patch(operation.resourceBody, found) }
    throw unsupported(`the operation ${type}`)
  }

  /** Makes everything performed so far visible, and durable. */
  commit(): void {
    this.#container.commit(this.#key, this.#changes)
  }

  #get(id: string): Stored | undefined {
    return this.#changes.has(id) ? this.#changes.get(id) : this.#container.get(this.#key, id, this.#now)
  }

  #write({ operationType: type, resourceBody, ifMatch }: Operation): Outcome {
    const { id } = checkBody(resourceBody, this.#container.definition.keyField, this.#key)
    const found = this.#get(id)
    if (found && type === 'Create') throw new Refusal(409, 'There is an item with this id and partition key already.')
    // The service takes an upsert of a missing item for a create, and does not look at its If-Match.
    if (found) checkMatch(found, ifMatch)
    return { status: found ? 200 : 201, stored: this.#put(resourceBody, found) }
  }

  #patch(resourceBody: unknown, found: Stored): Stored {
    const patch = patchOf(resourceBody)
    if (patch.condition !== undefined && !compileSql(`SELECT * ${patch.condition}`).matching([found.item], []).length) {
      throw new Refusal(412, 'The item does not meet the condition of the patch.')
    }
    return this.#put(patched(found.item, patch, this.#container.definition.keyField), found)
  }

  #put(resourceBody: unknown, found: Stored | undefined): Stored {
    const body = checkBody(resourceBody, this.#container.definition.keyField, this.#key)
    if (found && found.item.id !== body.id) throw new Refusal(400, 'The id of the item and that of the path differ.')
    const rid = found?.item._rid ?? this.#container.newRid()
    const item: Item = {
      ...body,
      _rid: rid,
      _self: this.#container.selfOf(rid),
      _etag: `"${randomUUID()}"`,
      _attachments: 'attachments/',
      _ts: Math.floor(this.#now.getTime() / 1000),
    }
    const json = JSON.stringify(item)
    if (Buffer.byteLength(json) > MAX_BYTES) throw new Refusal(413, 'The item is larger than 2 MB.')
    const stored = { item, json }
    this.#changes.set(body.id, stored)
    return stored
  }

  #drop(id: string): Outcome {
    this.#changes.set(id, undefined)
    return { status: 204 }
  }
}

function checkMatch({ item }: Stored, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== item._etag) {
    throw new Refusal(412, 'The item has changed: its ETag is not the one of If-Match.')
  }
}
