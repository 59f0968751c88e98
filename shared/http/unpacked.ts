import type { HttpRequest } from '@azure/functions'
import { Refusal } from '../refusal.ts'

/** A list may be so many times as long unpacked as what may travel: inflating costs whoever sends it nothing (F32). */
const MOST_GROWTH = 7

/**
 * The bytes of a body as they come, unpacked when they are gzip.
 * @throws Refusal `unsupported_media_type`; while it is read `body_too_large`, `input_invalid` when it cannot be unpacked
 */
export function unpacked(
  stream: HttpRequest['body'],
  headers: HttpRequest['headers'],
  type: string,
  limit: number,
): AsyncIterable<Uint8Array> {
  const encoding = headers.get('content-encoding') ?? 'identity'
  const given = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (given !== type || (encoding !== 'gzip' && encoding !== 'identity')) {
    throw new Refusal('unsupported_media_type', `Send ${type}, as it is or with Content-Encoding gzip.`)
  }
  const isPacked = encoding === 'gzip'
  const bytes = (stream ?? new ReadableStream({ start: (end) => end.close() })) as ReadableStream<Uint8Array>
  const travelled = limited(bytes, limit)
  if (!isPacked) return travelled
  return limited(ReadableStream.from(travelled).pipeThrough(gunzip()), limit * MOST_GROWTH)
}

const gunzip = () => new DecompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>

async function* limited(bytes: ReadableStream<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let read = 0
  const pieces = bytes[Symbol.asyncIterator]()
  for (;;) {
    const next = await pieces.next().catch((fault: unknown) => {
      if (fault instanceof Refusal) throw fault
      const errors = [{ at: 'body', fault: 'not_unpackable' }]
      throw new Refusal('input_invalid', 'The request is wrong at body (not_unpackable).', { errors })
    })
    if (next.done) return
    read += next.value.length
    if (read > limit) throw new Refusal('body_too_large', `At most ${limit} bytes are read.`, { limit })
    yield next.value
  }
}
