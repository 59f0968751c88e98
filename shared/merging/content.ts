import type { Blobs } from '../azure/blobs.ts'
import type { Campaign } from './campaign.ts'
import { Kept } from './kept.ts'
import type { Attachment } from './mail.ts'
import type { Row } from './row.ts'

/** What is read of a list at once: so many rows, or fewer of so many bytes. */
const PAGE = { rows: 100, bytes: 1024 * 1024 }
/** Bytes of pages, and of indexes, that a process remembers. */
const KEPT_BYTES = { pages: 32 * 1024 * 1024, indexes: 8 * 1024 * 1024 }

/** What stands beside a stored list: where its pages begin, and what was left out. */
export interface ListIndex {
  /** Offset of each page, and at last that of the end. */
  offsets: number[]
  /** Position of the first row of each page, from 1. */
  firsts: number[]
  total: number
}

/** The template of a campaign as it was accepted. */
export interface StoredTemplate {
  subject: string
  html: string
}

/** Where a campaign has its blobs: nobody else's campaign shares the prefix. */
const folder = (campaignId: string): string => `${campaignId.replace('.', '/')}/`
type Named = Pick<Campaign, 'campaignId'>
/** What belongs to one of its lists stands below that list. */
type Listed = Named & Partial<Pick<Campaign, 'list'>>
const listFolder = ({ campaignId, list }: Listed): string => `${folder(campaignId)}${list ? `${list}/` : ''}`

/** What a campaign consists of, in Blob Storage: immutable once it is accepted, gone some days after its end. */
export class Content {
  readonly #blobs: Blobs
  readonly #pages = new Kept<Row[]>(KEPT_BYTES.pages)
  readonly #indexes = new Kept<ListIndex>(KEPT_BYTES.indexes)

  constructor(blobs: Blobs) {
    this.#blobs = blobs
  }

  putTemplate({ campaignId }: Named, template: StoredTemplate): Promise<void> {
    return this.#blobs.put(`${folder(campaignId)}template.json`, JSON.stringify(template))
  }

  async template({ campaignId }: Named): Promise<StoredTemplate | undefined> {
    const bytes = await this.#blobs.read(`${folder(campaignId)}template.json`)
    return bytes && (JSON.parse(bytes.toString('utf8')) as StoredTemplate)
  }

  putAttachments({ campaignId }: Named, files: Attachment[]): Promise<void> {
    const stored = files.map(({ bytes, ...about }) => ({ ...about, base64: Buffer.from(bytes).toString('base64') }))
    return this.#blobs.put(`${folder(campaignId)}attachments.json`, JSON.stringify(stored))
  }

  async attachments({ campaignId }: Named): Promise<Attachment[]> {
    const bytes = await this.#blobs.read(`${folder(campaignId)}attachments.json`)
    const stored = JSON.parse(bytes?.toString('utf8') ?? '[]') as (Omit<Attachment, 'bytes'> & { base64: string })[]
    return stored.map(({ base64, ...about }) => ({ ...about, bytes: Buffer.from(base64, 'base64') }))
  }

  /**
   * Stores a list from its rows, one after the other.
   * @returns how many there are
   */
  async putRows(listed: Listed, rows: AsyncIterable<Row>): Promise<number> {
    const index: ListIndex = { offsets: [], firsts: [], total: 0 }
    let offset = 0
    async function* lines() {
      for await (const row of rows) {
        const line = Buffer.from(`${JSON.stringify(row)}\n`)
        index.total += 1
        if (beginsPage(index, offset + line.length)) {
          index.offsets.push(offset)
          index.firsts.push(index.total)
        }
        offset += line.length
        yield line
      }
      index.offsets.push(offset)
    }
    await this.#blobs.write(`${listFolder(listed)}rows.jsonl`, inBlocks(lines()))
    await this.#blobs.put(`${listFolder(listed)}rows.index.json`, JSON.stringify(index))
    return index.total
  }

  /** The row at a position, from 1; undefined when the list is not there any more. */
  async row(listed: Listed, position: number): Promise<Row | undefined> {
    const of = listFolder(listed)
    const index = this.#indexes.get(of) ?? (await this.#readIndex(of))
    const page = index?.firsts.findLastIndex((first) => first <= position) ?? -1
    if (!index || page === -1) return undefined
    const rows = this.#pages.get(`${of} ${page}`) ?? (await this.#readPage(of, index, page))
    return rows?.[position - index.firsts[page]!]
  }

  /** Something small about a list, such as what was left out of it. */
  putNote(listed: Listed, name: string, value: unknown): Promise<void> {
    return this.#blobs.put(`${listFolder(listed)}${name}.json`, JSON.stringify(value))
  }

  async note<T>(listed: Listed, name: string): Promise<T | undefined> {
    const bytes = await this.#blobs.read(`${listFolder(listed)}${name}.json`)
    return bytes && (JSON.parse(bytes.toString('utf8')) as T)
  }

  /** Deletes a list that nobody sends. May be repeated. */
  deleteList(listed: Named & { list: string }): Promise<void> {
    return this.#blobs.deleteAll(listFolder(listed))
  }

  /** Deletes all of it. May be repeated. */
  delete({ campaignId }: Named): Promise<void> {
    return this.#blobs.deleteAll(folder(campaignId))
  }

  async #readPage(of: string, { offsets }: ListIndex, page: number): Promise<Row[] | undefined> {
    const [from = 0, to = 0] = offsets.slice(page)
    const bytes = await this.#blobs.read(`${of}rows.jsonl`, from, to - from)
    const lines = bytes?.toString('utf8').trimEnd().split('\n')
    const rows = lines?.map((line) => JSON.parse(line) as Row)
    if (rows) this.#pages.set(`${of} ${page}`, rows, to - from)
    return rows
  }

  async #readIndex(of: string): Promise<ListIndex | undefined> {
    const bytes = await this.#blobs.read(`${of}rows.index.json`)
    const index = bytes && (JSON.parse(bytes.toString('utf8')) as ListIndex)
    if (index) this.#indexes.set(of, index, bytes.length)
    return index
  }
}

/** Whether the last of so many rows begins a page. */
const beginsPage = ({ offsets, firsts, total }: ListIndex, end: number): boolean =>
  total - (firsts.at(-1) ?? Number.NEGATIVE_INFINITY) >= PAGE.rows || end - (offsets.at(-1) ?? 0) > PAGE.bytes

const BLOCK_BYTES = 64 * 1024

/** Fewer and larger pieces: a stream is slow by its pieces, not by its bytes. */
async function* inBlocks(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let bytes = 0
  for await (const line of lines) {
    waiting.push(line)
    bytes += line.length
    if (bytes < BLOCK_BYTES) continue
    yield Buffer.concat(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}
