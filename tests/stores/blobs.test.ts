import { Readable } from 'node:stream'
import { BlobServiceClient } from '@azure/storage-blob'
import { blobContainer } from '@securemailmerge/shared/azure/blob-storage'
import { Blobs } from '@securemailmerge/shared/azure/blobs'
import type { Config } from '@securemailmerge/shared/config'
import { Content } from '@securemailmerge/shared/merging/content'
import type { Row } from '@securemailmerge/shared/merging/row'
import { Refusal } from '@securemailmerge/shared/refusal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalBlobs, startBlobs } from '../../infra/local/blobs/start-blobs.ts'

let local: LocalBlobs
let blobs: Blobs
beforeAll(async () => {
  local = await startBlobs()
  blobs = containerAt(local.connectionString)
})
afterAll(() => local.close())

const MB = 1024 * 1024
const containerAt = (connectionString: string, name = 'content'): Blobs =>
  blobContainer(
    { sending: { content: { connectionString } }, managedIdentityClientId: null } as unknown as Config,
    name,
  )
const textOf = async (name: string) => (await blobs.read(name))?.toString()
async function* pieces(count: number, bytes: number) {
  for (let at = 0; at < count; at += 1) yield Buffer.alloc(bytes, at % 256)
}
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  )

describe('a blob', () => {
  it('is read as it was put, and replaced as a whole', async () => {
    await blobs.put('a/one', 'Grüße')
    expect(await textOf('a/one')).toBe('Grüße')
    await blobs.put('a/one', Buffer.from([0, 255, 10]))
    expect(await blobs.read('a/one')).toEqual(Buffer.from([0, 255, 10]))
  })

  it('may be empty', async () => {
    await blobs.put('a/empty', '')
    expect(await textOf('a/empty')).toBe('')
    await blobs.write('a/nothing', pieces(0, 0))
    expect(await textOf('a/nothing')).toBe('')
  })

  it('in parts, from the middle and at the end', async () => {
    await blobs.put('a/parts', '0123456789')
    expect((await blobs.read('a/parts', 3, 4))?.toString()).toBe('3456')
    expect((await blobs.read('a/parts', 8, 2))?.toString()).toBe('89')
    expect((await blobs.read('a/parts', 5))?.toString()).toBe('56789')
  })

  it('that is not there is undefined, whole or in part', async () => {
    expect(await blobs.read('a/none')).toBeUndefined()
    expect(await blobs.read('a/none', 3, 4)).toBeUndefined()
  })

  it('is written from what comes, of several blocks, byte for byte', async () => {
    await blobs.write('a/long', pieces(160, 64 * 1024))
    const read = await blobs.read('a/long')
    expect(read?.length).toBe(10 * MB)
    for (const at of [0, 1, 63, 64, 65, 159]) expect(read?.[at * 64 * 1024]).toBe(at)
    expect((await blobs.read('a/long', 5 * MB, 10))?.[0]).toBe(80)
  })

  it('of which half came is not there: the one before stays', async () => {
    await blobs.put('a/half', 'before')
    async function* breaks() {
      yield* pieces(100, 64 * 1024)
      throw new Refusal('input_invalid', 'the sender goes away')
    }
    expect(await codeOf(blobs.write('a/half', breaks()))).toBe('input_invalid')
    expect(await textOf('a/half')).toBe('before')
  })

  it('odd names are names', async () => {
    for (const name of ['b/a b', 'b/ü', 'b/%2e%2e', 'b/?x=1#y', 'b/+']) {
      await blobs.put(name, name)
      expect(await textOf(name)).toBe(name)
    }
    expect(await blobs.read('b/a%20b')).toBeUndefined()
  })
})

describe('deleting', () => {
  it('takes all below a prefix and nothing beside it, and may be repeated', async () => {
    for (const name of ['c/1/x', 'c/1/y/z', 'c/10/x', 'c/1', 'd/1/x']) await blobs.put(name, name)
    for (let times = 0; times < 2; times += 1) await blobs.deleteAll('c/1/')
    expect(await Promise.all(['c/1/x', 'c/1/y/z', 'c/10/x', 'c/1', 'd/1/x'].map(textOf))).toEqual([
      ...[undefined, undefined, 'c/10/x', 'c/1', 'd/1/x'],
    ])
  })

  it('two at once end well', async () => {
    for (let at = 0; at < 20; at += 1) await blobs.put(`e/${at}`, 'x')
    await Promise.all([blobs.deleteAll('e/'), blobs.deleteAll('e/'), blobs.deleteAll('e/')])
    expect(await textOf('e/3')).toBeUndefined()
  })
})

describe('an outage is the refusal `unavailable`', () => {
  it('nobody there', async () => {
    const away = containerAt(local.connectionString.replace(`:${local.port}/`, ':9/'))
    const calls = [away.read('x'), away.put('x', 'y'), away.deleteAll('x'), away.write('x', pieces(1, 10))]
    expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'unavailable'))
  }, 60_000)

  it.each([500, 503, 429, 408])('%i', async (statusCode) => {
    const failing = Object.assign(new Error('secret'), { statusCode })
    const blob = { downloadToBuffer: () => Promise.reject(failing), uploadData: () => Promise.reject(failing) }
    const broken = new Blobs({ getBlockBlobClient: () => blob } as never)
    for (const call of [broken.read('x'), broken.put('x', 'y')]) expect(await codeOf(call)).toBe('unavailable')
  })

  it('what is wrong with the request is a fault of ours', async () => {
    const service = BlobServiceClient.fromConnectionString(local.connectionString)
    const none = new Blobs(service.getContainerClient('no-such-container'))
    expect(await none.read('x')).toBeUndefined()
    expect(await codeOf(none.put('x', 'y'))).toMatch(/^RestError/)
    expect(() => blobContainer({ sending: null } as unknown as Config, 'content')).toThrow('keeps no content')
  })
})

describe('content of campaigns', () => {
  const named = (id: string, list: string | null = 'list') => ({ campaignId: `m.${id}`, list })
  const rowOf = (row: number, text = 'é'.repeat(row % 50)): Row => ({
    ...{ row, to: { address: `p${row}@x.example`, name: null }, cc: [], bcc: [], fields: { text } },
  })
  const rows = (count: number) => Readable.from(Array.from({ length: count }, (_, at) => rowOf(at + 1)))

  it.each([0, 1, 99, 100, 101, 1050])('a list of %i rows: each is found at its place', async (count) => {
    const content = new Content(blobs)
    expect(await content.putRows(named(`rows-${count}`), rows(count))).toBe(count)
    const fresh = new Content(blobs)
    for (const position of [1, 2, 99, 100, 101, 200, 1000, 1001, 1050])
      expect(await fresh.row(named(`rows-${count}`), position)).toEqual(position <= count ? rowOf(position) : undefined)
  })

  it('a page is read once, and by itself', async () => {
    const content = new Content(blobs)
    await content.putRows(named('paged'), rows(1000))
    let reads = 0
    const { read } = blobs
    blobs.read = (...of) => {
      reads += 1
      return read.apply(blobs, of)
    }
    for (let position = 1; position <= 1000; position += 1) await content.row(named('paged'), position)
    expect(reads).toBe(11)
    blobs.read = read
  })

  it('long rows: no more than a few MB are read for one', async () => {
    const content = new Content(blobs)
    const long = Array.from({ length: 10 }, (_, at) => rowOf(at + 1, 'x'.repeat(250_000)))
    await content.putRows(
      named('long'),
      Readable.from([...long, ...Array.from({ length: 150 }, (_, at) => rowOf(at + 11))]),
    )
    const lengths: number[] = []
    const { read } = blobs
    blobs.read = (...of) => {
      lengths.push(of[2] ?? 0)
      return read.apply(blobs, of)
    }
    for (const position of [1, 4, 5, 10, 11, 110, 111, 160])
      expect((await content.row(named('long'), position))?.row).toBe(position)
    expect(await content.row(named('long'), 161)).toBeUndefined()
    expect(Math.max(...lengths)).toBeLessThan(1024 * 1024)
    blobs.read = read
  })

  it('two campaigns, and two lists of one, share nothing', async () => {
    const content = new Content(blobs)
    await content.putRows(named('one', 'a'), rows(1))
    await content.putRows(named('one', 'b'), rows(2))
    await content.putRows(named('one-more', 'a'), rows(3))
    expect(await content.row(named('one', 'a'), 2)).toBeUndefined()
    expect(await content.row(named('one', 'b'), 2)).toEqual(rowOf(2))
    await content.delete(named('one'))
    const fresh = new Content(blobs)
    expect(await fresh.row(named('one', 'b'), 1)).toBeUndefined()
    expect(await fresh.row(named('one-more', 'a'), 3)).toEqual(rowOf(3))
  })

  it('files, template and notes come back as they were', async () => {
    const content = new Content(blobs)
    const files = [{ name: 'a "b".bin', contentType: 'application/x', bytes: Buffer.from([0, 1, 254, 255]) }]
    await content.putAttachments(named('files'), files)
    await content.putTemplate(named('files'), { subject: 'ü', html: '<p>€</p>' })
    await content.putNote(named('files'), 'preflight', { mails: 1 })
    expect(await content.attachments(named('files'))).toEqual(files)
    expect(await content.template(named('files'))).toEqual({ subject: 'ü', html: '<p>€</p>' })
    expect(await content.note(named('files'), 'preflight')).toEqual({ mails: 1 })
    expect(await content.attachments(named('none'))).toEqual([])
    expect(await content.template(named('none'))).toBeUndefined()
    expect(await content.note(named('none'), 'preflight')).toBeUndefined()
  })
})
