import type { Blobs } from '../azure/blobs.ts'
import type { Campaign } from './campaign.ts'
import type { Attachment } from './mail.ts'
import type { Row } from './row.ts'

/** Rows between two entries of the index of a list: what is read at once. */
const ROWS_A_PAGE = 100
/** Pages of rows that a process remembers. */
const PAGES_KEPT = 200

/** What stands beside a stored list: where its pages begin, and what was left out. */
export interface ListIndex {
  /** Offset of each page, and at last that of the end. */
  offsets: number[]
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
  readonly #pages = new Map<string, Row[]>()
  readonly #indexes = new Map<string, ListIndex>()

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
    const index: ListIndex = { offsets: [], total: 0 }
    let offset = 0
    async function* lines() {
      for await (const row of rows) {
        if (index.total % ROWS_A_PAGE === 0) index.offsets.push(offset)
        const line = Buffer.from(`${JSON.stringify(row)}\n`)
        index.total += 1
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
    const page = Math.floor((position - 1) / ROWS_A_PAGE)
    const key = `${listFolder(listed)} ${page}`
    const known = this.#pages.get(key) ?? (await this.#readPage(listFolder(listed), page))
    if (known) remember(this.#pages, key, known, PAGES_KEPT)
    return known?.[(position - 1) % ROWS_A_PAGE]
  }

  /** Something small about a list, such as what was left out of it. */
  putNote(listed: Listed, name: string, value: unknown): Promise<void> {
    return this.#blobs.put(`${listFolder(listed)}${name}.json`, JSON.stringify(value))
  }

  async note<T>(listed: Listed, name: string): Promise<T | undefined> {
    const bytes = await this.#blobs.read(`${listFolder(listed)}${name}.json`)
    return bytes && (JSON.parse(bytes.toString('utf8')) as T)
  }

  /** Deletes all of it. May be repeated. */
  delete({ campaignId }: Named): Promise<void> {
    return this.#blobs.deleteAll(folder(campaignId))
  }

  async #readPage(of: string, page: number): Promise<Row[] | undefined> {
    const index = this.#indexes.get(of) ?? (await this.#readIndex(of))
    const [from, to] = [index?.offsets[page], index?.offsets[page + 1]]
    if (from === undefined || to === undefined) return undefined
    const bytes = await this.#blobs.read(`${of}rows.jsonl`, from, to - from)
    return bytes
      ?.toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
  }

  async #readIndex(of: string): Promise<ListIndex | undefined> {
    const bytes = await this.#blobs.read(`${of}rows.index.json`)
    const index = bytes && (JSON.parse(bytes.toString('utf8')) as ListIndex)
    if (index) remember(this.#indexes, of, index, PAGES_KEPT)
    return index
  }
}

/** The newest are kept. */
function remember<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value as string)
}

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
