import { Refusal, unsupported } from './refusal.ts'

/** What the service keeps of a write: the caller's fields and its own. `_ts` is in seconds. */
export interface Item {
  [name: string]: unknown
  id: string
  _rid: string
  _self: string
  _etag: string
  _attachments: string
  _ts: number
}

/** An item with its JSON, so that neither a read nor the journal has to write it out again. */
export interface Stored {
  item: Item
  json: string
}

/** Bytes that an item or a request may have. */
export const MAX_BYTES = 2 * 1024 * 1024

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTtl = (value: unknown) =>
  value === -1 || (Number.isInteger(value) && Number(value) > 0 && Number(value) <= 2_147_483_647)

/** @throws Refusal 400 unless `ttl` is absent, -1 or a positive number of seconds */
export function checkTtl(name: string, ttl: unknown): void {
  if (ttl !== undefined && !isTtl(ttl)) throw new Refusal(400, `${name} must be -1 or a positive integer of seconds.`)
}

/** @throws Refusal 400 for an id that is missing, too long, or has one of the characters / \ ? # */
export function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || id === '') throw new Refusal(400, 'The required property "id" is missing.')
  if (/[/\\?#]/.test(id)) throw new Refusal(400, 'An id must not contain any of / \\ ? #.')
  if (Buffer.byteLength(id) > 1023) throw new Refusal(400, 'An id must not have more than 1,023 bytes.')
}

/**
 * Checks what a caller wants stored in the partition `key`, whose value stands in the field `keyField`.
 *
 * @throws Refusal 400 for a body that cannot be stored there
 */
export function checkBody(body: unknown, keyField: string, key: string): Record<string, unknown> & { id: string } {
  if (!isObject(body)) throw new Refusal(400, 'An item must be a JSON object.')
  const { id } = body
  checkId(id)
  checkTtl('ttl', body.ttl)
  if (body[keyField] !== key) {
    throw new Refusal(400, `The item's /${keyField} is not the partition key that the request names.`, 1001)
  }
  return { ...body, id }
}

/**
 * Reads a partition key from its header, a JSON array.
 *
 * @throws Refusal 501 for a key that is not one string
 */
export function partitionKeyOf(header: string): string {
  let values: unknown
  try {
    values = JSON.parse(header)
  } catch {
    throw new Refusal(400, 'x-ms-documentdb-partitionkey is not JSON.')
  }
  const [key] = Array.isArray(values) && values.length === 1 ? values : []
  if (typeof key !== 'string') throw unsupported('partition keys other than one string; the item must have one')
  if (Buffer.byteLength(key) > 2048) throw new Refusal(400, 'A partition key must not have more than 2,048 bytes.')
  return key
}
