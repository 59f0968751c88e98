import { Readable } from 'node:stream'
import type { ContainerClient, RestError } from '@azure/storage-blob'
import { Refusal } from '../refusal.ts'

const BLOCK_BYTES = 4 * 1024 * 1024
const CONCURRENCY = 4

/** One container of Blob Storage. Blobs are written once and never altered. An outage is the refusal `unavailable`. */
export class Blobs {
  readonly #container: ContainerClient

  constructor(container: ContainerClient) {
    this.#container = container
  }

  /** Writes a blob from what comes, in blocks, without holding all of it. Whatever stood there is replaced. */
  async write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const blob = this.#container.getBlockBlobClient(name)
    await orUnavailable(blob.uploadStream(Readable.from(bytes, { objectMode: false }), BLOCK_BYTES, CONCURRENCY))
  }

  /** Writes a small blob. */
  async put(name: string, bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    await orUnavailable(this.#container.getBlockBlobClient(name).uploadData(data))
  }

  /** The blob, or a part of it; undefined when there is none. */
  async read(name: string, offset = 0, length?: number): Promise<Buffer | undefined> {
    try {
      return await this.#container.getBlockBlobClient(name).downloadToBuffer(offset, length)
    } catch (error) {
      if ((error as RestError).statusCode === 404) return undefined
      throw translated(error)
    }
  }

  /** Deletes all blobs below a prefix. May be repeated. */
  async deleteAll(prefix: string): Promise<void> {
    const all = async () => {
      for await (const { name } of this.#container.listBlobsFlat({ prefix }))
        await this.#container.deleteBlob(name).catch(ignoreMissing)
    }
    await orUnavailable(all())
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as RestError).statusCode !== 404) throw error
}

async function orUnavailable<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw translated(error)
  }
}

function translated(error: unknown): unknown {
  const { statusCode, code } = error as RestError
  const noAnswer = statusCode === undefined && (code === 'REQUEST_SEND_ERROR' || /^E[A-Z]+$/.test(code ?? ''))
  if (!noAnswer && !(statusCode !== undefined && (statusCode >= 500 || statusCode === 429 || statusCode === 408)))
    return error
  return new Refusal('unavailable', 'The store is busy. Try again.', { retryAfterSeconds: 5 }, { cause: error })
}
