import { createHash, randomBytes } from 'node:crypto'
import { fits, readFilter } from './filter.ts'
import { GraphError, itemNotFound, unknown } from './graph-error.ts'
import { contentOf, type File, type FileAttachment, type Folder, type Message, read } from './message.ts'
import type { Call, Parts, Reply, Route } from './route.ts'
import { accept, newInternetMessageId } from './sending.ts'
import { numberOf, shown, sightOf } from './shown.ts'

const folders: readonly string[] = ['inbox', 'drafts', 'sentitems', 'deleteditems'] satisfies Folder[]
/** A file that comes in one call is smaller. */
const LARGE_BYTES = 3 * 1024 * 1024
const readers = ['Mail.Read', 'Mail.ReadWrite']
const lists = ['$select', '$expand', '$filter', '$top', '$skip']

/** Everything that is understood, by method and path behind `/v1.0/`. `upload/` stands beside it, as at Microsoft. */
export const routes: Record<string, Route> = {
  'POST me/messages': { scopes: ['Mail.ReadWrite'], hasIds: true, answer: create },
  'GET me/messages': { scopes: readers, hasIds: true, options: lists, answer: (parts, call) => list(parts, call) },
  'GET me/mailFolders/:id/messages': {
    ...{ scopes: readers, hasIds: true, options: lists },
    answer: (parts, call) => list(parts, call, folderOf(call.id)),
  },
  'GET me/messages/:id': {
    ...{ scopes: readers, hasIds: true, options: ['$select', '$expand'] },
    answer: (parts, call) => ({ status: 200, body: shown(known(parts, call), sightOf(call.query)) }),
  },
  'PATCH me/messages/:id': { scopes: ['Mail.ReadWrite'], hasIds: true, answer: change },
  'DELETE me/messages/:id': { scopes: ['Mail.ReadWrite'], hasIds: true, answer: remove },
  'POST me/messages/:id/send': { scopes: ['Mail.Send'], hasIds: true, answer: send },
  'POST me/messages/:id/attachments': { scopes: ['Mail.ReadWrite'], answer: addFile },
  'POST me/messages/:id/attachments/createUploadSession': {
    scopes: ['Mail.ReadWrite'],
    answer: (parts, call) => {
      const { name, contentType, size } = read.uploadSession(call.body).AttachmentItem
      const file = { name, contentType, size }
      return parts.uploads.begin(call.mailbox, knownDraft(parts, call), file, call.url, parts.now())
    },
  },
  'POST me/sendMail': { scopes: ['Mail.Send'], answer: sendMail },
  'PUT upload/:id': { scopes: [], options: ['authtoken'], answer: (parts, call) => parts.uploads.take(parts, call) },
}

const known = ({ store }: Parts, { mailbox, id }: Call): Message => store.get(mailbox.address, id) ?? itemNotFound()

function knownDraft(parts: Parts, call: Call): Message {
  const message = known(parts, call)
  if (message.isDraft) return message
  throw new GraphError(400, 'ErrorInvalidOperation', 'The operation can be performed on a draft only.')
}

const folderOf = (name: string): Folder =>
  folders.includes(name.toLowerCase()) ? (name.toLowerCase() as Folder) : unknown(`the folder '${name}'`)

function create(parts: Parts, { mailbox, body }: Call): Reply {
  const written = read.message(body)
  const at = parts.now().getTime()
  const message: Message = {
    ...contentOf(written),
    ...{ id: parts.store.newId(), mailbox: mailbox.address, folder: 'drafts', isDraft: true },
    internetMessageId: newInternetMessageId(),
    files: (written.attachments ?? []).map((file) => fileOf(parts, file)),
    ...{ changedAt: at, madeAt: at, sentAt: null },
  }
  parts.store.put(message)
  return { status: 201, body: shown(message, sightOf(new URLSearchParams())) }
}

function list({ store, now }: Parts, { mailbox, query, url }: Call, folder?: Folder): Reply {
  const sight = sightOf(query)
  const given = query.get('$filter')
  const filter = given === null ? undefined : readFilter(given)
  const { address, indexLagSeconds } = mailbox
  const at = now().getTime()
  // Only `$filter` asks the index. A clock that was set back since makes nothing invisible.
  const isIndexed = ({ changedAt }: Message) => at - changedAt >= indexLagSeconds * 1000 || at < changedAt
  const all = filter?.key === undefined ? store.of(address, folder) : store.indexed(address, filter.key)
  const found = all.filter(
    (one) => (folder === undefined || one.folder === folder) && (!filter || (fits(filter, one) && isIndexed(one))),
  )
  const [top, skip] = [numberOf(query, '$top', 10, 1000), numberOf(query, '$skip', 0, 1e9)]
  const value = found.slice(skip, skip + top).map((one) => shown(one, sight))
  if (skip + top >= found.length) return { status: 200, body: { value } }
  const next = new URL(url)
  next.search = new URLSearchParams([...query].filter(([name]) => name !== '$skip')).toString()
  next.searchParams.set('$skip', String(skip + top))
  return { status: 200, body: { value, '@odata.nextLink': next.href } }
}

function change(parts: Parts, call: Call): Reply {
  const message = knownDraft(parts, call)
  const written = read.message(call.body)
  if (written.attachments) unknown('attachments in a change of a message')
  const changed = { ...message, ...contentOf(written, message), changedAt: parts.now().getTime() }
  parts.store.put(changed)
  return { status: 200, body: shown(changed, sightOf(new URLSearchParams())) }
}

/** Into Deleted Items, where a draft is still a draft; from there, out of sight. */
function remove(parts: Parts, call: Call): Reply {
  const message = known(parts, call)
  if (message.folder === 'deleteditems') parts.store.remove(message)
  else parts.store.put({ ...message, folder: 'deleteditems', changedAt: parts.now().getTime() })
  return { status: 204 }
}

function send(parts: Parts, call: Call): Reply {
  const message = known(parts, call)
  if (!message.isDraft && call.mailbox.secondSend === 'not_found') itemNotFound()
  accept(parts, call, message)
  const at = parts.now().getTime()
  const sent: Message = { ...message, folder: 'sentitems', isDraft: false, changedAt: at, sentAt: at }
  if (call.mailbox.idAfterSend === 'replaced' && message.isDraft) {
    parts.store.remove(message)
    // As measured: alike but for its last characters.
    sent.id = `${message.id.slice(0, -12)}${randomBytes(6).toString('base64url')}AAB=`
  }
  parts.store.put(sent)
  return { status: 202 }
}

function sendMail(parts: Parts, call: Call): Reply {
  const { message: written, saveToSentItems } = read.sendMail(call.body)
  const files = (written.attachments ?? []).map((file) => fileOf(parts, file))
  const leaving = { ...contentOf(written), files, internetMessageId: newInternetMessageId() }
  accept(parts, call, leaving)
  const at = parts.now().getTime()
  const mailbox = call.mailbox.address
  if (saveToSentItems)
    parts.store.put({
      ...leaving,
      ...{
        id: parts.store.newId(),
        mailbox,
        folder: 'sentitems',
        isDraft: false,
        changedAt: at,
        madeAt: at,
        sentAt: at,
      },
    })
  return { status: 202 }
}

function addFile(parts: Parts, call: Call): Reply {
  const message = knownDraft(parts, call)
  const file = fileOf(parts, read.file(call.body))
  if (file.size >= LARGE_BYTES)
    throw new GraphError(413, 'ErrorAttachmentSizeLimitExceeded', 'Use an upload session for a file of this size.')
  parts.store.put({ ...message, files: [...message.files, file], changedAt: parts.now().getTime() })
  const { sha256: _, ...told } = file
  return { status: 201, body: { '@odata.type': '#microsoft.graph.fileAttachment', ...told } }
}

function fileOf({ store }: Parts, { name, contentType, contentBytes }: FileAttachment): File {
  const bytes = Buffer.from(contentBytes, 'base64')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { id: store.newId(), name, contentType, size: bytes.length, sha256 }
}
