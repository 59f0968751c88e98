import { randomBytes } from 'node:crypto'
import { createGzip, gzipSync } from 'node:zlib'
import { unpacked } from '@securemailmerge/shared/http/unpacked'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'

const TYPE = 'application/jsonl'
const MB = 1024 * 1024

/** A body in pieces of so many bytes, and how many of them were taken. */
function bodyOf(bytes: Uint8Array, piece = 64 * 1024) {
  const taken = { pieces: 0 }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(to) {
        const at = taken.pieces++ * piece
        if (at >= bytes.length) return to.close()
        to.enqueue(bytes.subarray(at, at + piece))
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, taken }
}

const read = (body: ReadableStream | null, headers: Record<string, string>, limit = MB) =>
  unpacked(body as never, new Headers({ 'content-type': TYPE, ...headers }) as never, TYPE, limit)

async function textOf(body: ReadableStream | null, headers: Record<string, string> = {}, limit = MB): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of read(body, headers, limit)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** The code that reading ends with, and the faults it names. */
const refusalOf = (reading: Promise<unknown>) =>
  reading.then(
    () => null,
    (error: unknown) => (error instanceof Refusal ? [error.code, error.details.errors ?? error.details.limit] : error),
  )

const gzip = { 'content-encoding': 'gzip' }
/** So many bytes of one letter, packed, without ever being held. */
async function bomb(bytes: number): Promise<Buffer> {
  const packing = createGzip({ level: 9 })
  const packed: Buffer[] = []
  packing.on('data', (piece: Buffer) => packed.push(piece))
  const block = Buffer.alloc(MB, 'x')
  for (let written = 0; written < bytes; written += MB)
    if (!packing.write(block)) await new Promise((resolve) => packing.once('drain', resolve))
  packing.end()
  await new Promise((resolve) => packing.once('end', resolve))
  return Buffer.concat(packed)
}

describe('a body', () => {
  const text = 'é{"row":1}\n'.repeat(50_000)

  it('as it is, and as gzip, whatever its pieces', async () => {
    expect(await textOf(bodyOf(Buffer.from(text)).stream)).toBe(text)
    expect(await textOf(bodyOf(Buffer.from(text)).stream, { 'content-encoding': 'identity' })).toBe(text)
    for (const piece of [1, 7, 1000, MB]) expect(await textOf(bodyOf(gzipSync(text), piece).stream, gzip)).toBe(text)
  })

  it('of nothing is nothing', async () => {
    expect(await textOf(null)).toBe('')
    expect(await textOf(bodyOf(gzipSync('')).stream, gzip)).toBe('')
  })

  it('says its type in any case and with parameters', async () => {
    for (const type of ['application/jsonl; charset=utf-8', 'Application/JSONL', 'application/jsonl;'])
      expect(await textOf(bodyOf(Buffer.from('x')).stream, { 'content-type': type })).toBe('x')
  })

  it('comes piece by piece: nobody reads ahead of its reader', async () => {
    const { stream, taken } = bodyOf(Buffer.alloc(100 * MB))
    for await (const _ of read(stream, {}, 200 * MB)) if (taken.pieces >= 3) break
    expect(taken.pieces).toBeLessThan(5)
  })
})

describe('refused', () => {
  it.each([
    { 'content-type': 'application/json' },
    { 'content-type': 'application/jsonlines' },
    { 'content-type': 'text/plain' },
    { 'content-type': '' },
    { 'content-encoding': 'br' },
    { 'content-encoding': 'deflate' },
    { 'content-encoding': 'gzip, gzip' },
  ])('unsupported_media_type: %j, before a byte is read', (headers) => {
    const { stream, taken } = bodyOf(Buffer.from('x'))
    expect(() => read(stream, headers)).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }))
    expect(taken.pieces).toBe(0)
  })

  it('body_too_large: as soon as it is, and not before', async () => {
    expect((await textOf(bodyOf(Buffer.alloc(MB)).stream)).length).toBe(MB)
    const { stream, taken } = bodyOf(Buffer.alloc(10 * MB))
    expect(await refusalOf(textOf(stream))).toEqual(['body_too_large', MB])
    expect(taken.pieces).toBeLessThan(20)
  })

  it('body_too_large: what travels counts, also packed', async () => {
    const packed = gzipSync(randomBytes(2 * MB))
    expect(await refusalOf(textOf(bodyOf(packed).stream, gzip))).toEqual(['body_too_large', MB])
  })

  it.each([
    ['not packed', Buffer.from('{"row":1}\n')],
    ['cut off', gzipSync('x'.repeat(1000)).subarray(0, 20)],
    ['altered', Buffer.from(gzipSync('x'.repeat(1000))).fill(0xff, 12, 16)],
    ['with more behind it', Buffer.concat([gzipSync('x'), Buffer.from('more')])],
    ['empty', Buffer.alloc(0)],
  ])('input_invalid: gzip that is %s', async (_, bytes) => {
    expect(await refusalOf(textOf(bodyOf(bytes).stream, gzip))).toEqual([
      ...['input_invalid', [{ at: 'body', fault: 'not_unpackable' }]],
    ])
  })

  it('a bomb: 1 GB in 1 MB is refused when 7 MB have come out of it', async () => {
    const packed = await bomb(1024 * MB)
    expect(packed.length).toBeLessThan(1.1 * MB)
    const before = process.cpuUsage()
    expect(await refusalOf(textOf(bodyOf(packed).stream, gzip))).toEqual(['body_too_large', 7 * MB])
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(0.5)
  }, 30_000)
})
