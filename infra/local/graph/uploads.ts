import { createHash, type Hash, randomBytes } from 'node:crypto'
import type { Mailbox } from './directory.ts'
import { GraphError, itemNotFound } from './graph-error.ts'
import type { Message } from './message.ts'
import type { Call, Parts, Reply } from './route.ts'

/** A file on its way into a draft. */
interface Session {
  mailbox: Mailbox
  messageId: string
  name: string
  contentType: string
  size: number
  received: number
  hash: Hash
  expiresAt: number
}

/** The file, as it is told of. */
type Begun = Pick<Session, 'name' | 'contentType' | 'size'>

// As measured (msgraph-sdk-java #52); the documentation says 3 MB.
const MIN_BYTES = 2 * 1024 * 1024
const MOST_BYTES = 150 * 1024 * 1024
const MOST_RANGE = 4 * 1024 * 1024
const HOURS_MS = 3 * 3_600_000

/** Files that come in ranges, under addresses that are permission enough. A restart forgets them. */
export class Uploads {
  readonly #sessions = new Map<string, Session>()

  /** The mailbox of a session. @throws GraphError */
  mailboxOf(id: string): Mailbox {
    return this.#must(id).mailbox
  }

  begin(mailbox: Mailbox, message: Message, file: Begun, url: URL, now: Date): Reply {
    const { size } = file
    if (size < MIN_BYTES) {
      const sentence = `Attachment size must be greater than the minimum size. size: ${size}, minimum size: ${MIN_BYTES}`
      throw new GraphError(400, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize', sentence)
    }
    if (size > MOST_BYTES)
      throw new GraphError(413, 'ErrorAttachmentSizeLimitExceeded', 'The attachment size exceeds the limit.')
    const id = randomBytes(24).toString('base64url')
    const expiresAt = now.getTime() + HOURS_MS
    this.#sessions.set(id, {
      ...{ mailbox, messageId: message.id, ...file, received: 0, hash: createHash('sha256'), expiresAt },
    })
    const uploadUrl = `${url.origin}/upload/${id}?authtoken=${randomBytes(24).toString('base64url')}`
    return { status: 201, body: { uploadUrl, ...this.#state(this.#must(id)) } }
  }

  /** Takes one range. @throws GraphError for a token, or for a range that is not the next */
  take({ store, now }: Parts, { id, bytes, headers }: Call): Reply {
    const session = this.#must(id)
    if (headers.authorization !== undefined)
      throw new GraphError(401, 'InvalidAudienceForResource', 'An upload address takes no token: do not send one.')
    if (now().getTime() > session.expiresAt) itemNotFound()
    const [, from, to, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(headers['content-range'])) ?? []
    const isNext = Number(from) === session.received && Number(size) === session.size
    if (!isNext || Number(to) - Number(from) + 1 !== bytes.length || bytes.length > MOST_RANGE)
      throw new GraphError(400, 'ErrorInvalidAttachmentRange', `The next range begins at ${session.received}.`)
    const message = store.get(session.mailbox.address, session.messageId)
    if (!message?.isDraft) return itemNotFound()
    session.hash.update(bytes)
    session.received += bytes.length
    if (session.received < session.size) return { status: 200, body: this.#state(session) }
    this.#sessions.delete(id)
    const { name, contentType } = session
    const file = { id: store.newId(), name, contentType, size: session.size, sha256: session.hash.digest('hex') }
    store.put({ ...message, files: [...message.files, file], changedAt: now().getTime() })
    return { status: 201, headers: { Location: `/v1.0/me/messages/${message.id}/attachments/${file.id}` } }
  }

  #must(id: string): Session {
    return this.#sessions.get(id) ?? itemNotFound()
  }

  #state = ({ expiresAt, received }: Session) => ({
    expirationDateTime: new Date(expiresAt).toISOString(),
    nextExpectedRanges: [String(received)],
  })
}
