import { type Container, ErrorResponse, type JSONObject, type OperationInput } from '@azure/cosmos'
import { Refusal } from '../refusal.ts'
import { busy, codeOf, isBeyondItem, orUnavailable, translated } from './outage.ts'
import type { StoreClock } from './store-clock.ts'

/** An item as it was read, with the ETag that guards replacing it. */
export type Stored<T> = T & { _etag: string }

/** One write of a batch. With an ETag it succeeds only while the item is as it was read. */
export type Write = { create: Item } | { replace: Item; etag: string }

/** Takes an item away in a batch, by its id, while it is as it was read. */
export type Removal = { remove: string; etag: string }

export interface Item {
  id: string
}

export interface Page<T> {
  items: Stored<T>[]
  /** Continuation of the listing, or null at its end. */
  next: string | null
}

/** A query of one partition: SQL with named parameters. */
export interface Query {
  sql: string
  parameters?: Record<string, string | number | string[] | null>
}

/**
 * One Cosmos container. A lost race is a value; an outage is the refusal `unavailable`, so that callers of HTTP get 503
 * and handlers of queues can put their work off; everything else is a fault.
 */
export class Items {
  readonly #container: Container
  readonly #clock: StoreClock | undefined

  /** @param clock learns the store's time from the answers to reads and batches */
  constructor(container: Container, clock?: StoreClock) {
    this.#container = container
    this.#clock = clock
  }

  /** The item, or undefined. */
  async read<T extends Item>(partition: string, id: string): Promise<Stored<T> | undefined> {
    const asked = this.#clock?.asking() ?? 0
    const { resource, headers, substatus } = await orUnavailable(this.#container.item(id, partition).read<Stored<T>>())
    // An item that is not there is an answer; a container that is not there knows nothing.
    if (resource === undefined && substatus) throw busy(new ErrorResponse(`404, ${substatus}`))
    this.#clock?.heard(headers.date as string | undefined, asked)
    return resource as Stored<T> | undefined
  }

  /** All items that a query of one partition finds; for queries whose size the caller has bounded. */
  async query<T>(partition: string, query: Query): Promise<T[]> {
    const { resources } = await orUnavailable(this.#iterator<T>(partition, query).fetchAll())
    return resources
  }

  /**
   * One page of a query, in the query's order.
   * @throws Refusal `input_invalid` when `next` is no continuation of this listing
   */
  async page<T extends Item>(partition: string, query: Query, limit: number, next: string | null): Promise<Page<T>> {
    const options = {
      maxItemCount: limit,
      ...(next === null ? {} : { continuationToken: next }),
    }
    const reading = this.#iterator<Stored<T>>(partition, query, options).fetchNext()
    const feed = await orUnavailable(next === null ? reading : reading.catch(refuseContinuation))
    return {
      items: feed.resources ?? [],
      next: feed.continuationToken ?? null,
    }
  }

  /** Up to `limit` items that a query finds in all partitions, in no order; for queries that an index answers. */
  async across<T extends Item>(query: Query, limit: number): Promise<Stored<T>[]> {
    const found: Stored<T>[] = []
    const pages = this.#container.items.query<Stored<T>>(spec(query), { maxItemCount: limit })
    while (found.length < limit && pages.hasMoreResults()) {
      found.push(...((await orUnavailable(pages.fetchNext())).resources ?? []))
    }
    return found.slice(0, limit)
  }

  /** What a query finds over all partitions, however much it is. It costs with the size of the container. */
  async *everywhere<T extends object>(query: Query): AsyncGenerator<T> {
    const pages = this.#container.items.query<T>(spec(query))
    while (pages.hasMoreResults()) yield* (await orUnavailable(pages.fetchNext())).resources ?? []
  }

  /** Writes an item whatever stood there. Only for items where the last writer may win. */
  async upsert(item: Item): Promise<void> {
    await orUnavailable(this.#container.items.upsert(item))
  }

  /** Replaces an item as it was read. False when it has changed or gone since. */
  async replace(partition: string, item: Item, etag: string): Promise<boolean> {
    return (await this.exchange(partition, item, etag)) !== undefined
  }

  /** Like `replace`; answers the new ETag, or undefined when the item has changed or gone since. */
  async exchange(partition: string, item: Item, etag: string): Promise<string | undefined> {
    const accessCondition = { type: 'IfMatch', condition: etag }
    try {
      const { etag: stored } = await this.#container.item(item.id, partition).replace(item, { accessCondition })
      return stored
    } catch (error) {
      if (lostRace.has(codeOf(error)) && !isBeyondItem(error)) return undefined
      throw translated(error)
    }
  }

  /** All writes or none (≤ 100, one partition). False when another writer came first. */
  async batch(partition: string, writes: (Write | Removal)[]): Promise<boolean> {
    return (await this.write(partition, writes)) !== undefined
  }

  /** Like `batch`; answers the new ETags, in the order of the writes, or undefined when another writer came first. */
  async write(partition: string, writes: (Write | Removal)[]): Promise<string[] | undefined> {
    const asked = this.#clock?.asking() ?? 0
    const { result, code, headers } = await orUnavailable(
      // The SDK wraps what went wrong with a whole batch, and its code is lost on the wrapper.
      this.#container.items.batch(writes.map(operation), partition).catch((error: Error) => {
        throw error.cause ?? error
      }),
    )
    this.#clock?.heard(headers.date as string | undefined, asked)
    if (code === 200) return (result ?? []).map(({ eTag }) => String(eTag))
    const culprit = result?.map(({ statusCode }) => statusCode).find((status) => status !== 424) ?? code ?? 500
    // Where no operation is to blame the container is: it was deleted.
    if (lostRace.has(culprit) && (result || culprit !== 404)) return undefined
    if (culprit === 404) throw busy(new ErrorResponse('batch: 404'))
    throw translated(new ErrorResponse(`batch: ${culprit}`), culprit)
  }

  /** Deletes items of one partition, one after the other; one that is gone already is no fault. */
  async deleteAll(partition: string, ids: string[]): Promise<void> {
    for (const id of ids) {
      await this.#container
        .item(id, partition)
        .delete()
        .catch((error: unknown) => {
          if (codeOf(error) !== 404 || isBeyondItem(error)) throw translated(error)
        })
    }
  }

  #iterator<T>(partition: string, query: Query, options = {}) {
    return this.#container.items.query<T>(spec(query), { partitionKey: partition, ...options })
  }
}

const spec = ({ sql, parameters = {} }: Query) => ({
  query: sql,
  parameters: Object.entries(parameters).map(([name, value]) => ({ name: `@${name}`, value })),
})

const lostRace = new Set([404, 409, 412])
function operation(write: Write | Removal): OperationInput {
  if ('create' in write) return { operationType: 'Create', resourceBody: body(write.create) }
  // The SDK's type of a deletion leaves out the guard that the service knows.
  if ('remove' in write) return { operationType: 'Delete', id: write.remove, ifMatch: write.etag } as OperationInput
  return {
    operationType: 'Replace',
    id: write.replace.id,
    resourceBody: body(write.replace),
    ifMatch: write.etag,
  }
}

const body = (item: Item) => item as unknown as JSONObject & Item

function refuseContinuation(error: unknown): never {
  // The query is ours and right, so it is the token that the store does not know.
  if (codeOf(error) !== 400) throw error
  const errors = [{ at: 'query.next', fault: 'not_a_continuation' }]
  throw new Refusal('input_invalid', 'query.next is no continuation of this list.', { errors }, { cause: error })
}
