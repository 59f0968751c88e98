import { randomBytes } from 'node:crypto'
import { STAMP_HEADER } from '@securemailmerge/shared/graph/message'
import type { Mailbox } from './directory.ts'
import { accessDenied, GraphError } from './graph-error.ts'
import { type Content, type File, LONGEST_MESSAGE, type Message, type Recipient } from './message.ts'
import type { Call, Parts } from './route.ts'
import type { Delivery } from './store.ts'

/** What leaves: what was written, its files, and the id it keeps everywhere. */
export interface Leaving extends Content {
  files: File[]
  internetMessageId: string
}

/** An id as Exchange gives it to a message at once, and for good. */
export const newInternetMessageId = (): string =>
  `<${randomBytes(16).toString('hex').toUpperCase()}@LOCALPROD01.prod.outlook.example>`

/** Takes a mail and delivers it. @throws GraphError as Exchange refuses a mail; nothing has left then */
export function accept(parts: Parts, { mailbox, scopes }: Call, mail: Leaving): void {
  const { limits, directory, store, now } = parts
  if (mailbox.state === 'blocked') {
    const sentence = 'Account suspended. Follow the instructions in your Inbox to verify your account.'
    throw new GraphError(403, 'ErrorAccountSuspend', sentence)
  }
  const onBehalf = checkSender(parts, mailbox, scopes, mail.from)
  checkRecipients(parts, mail)
  const size = Buffer.byteLength(mail.html) + mail.files.reduce((sum, file) => sum + file.size, 0)
  if (size > LONGEST_MESSAGE)
    throw new GraphError(413, 'ErrorMessageSizeExceeded', 'The message exceeds the maximum supported size.')
  limits.checkDay(mailbox.address, mail.to.length + mail.cc.length + mail.bcc.length)
  const delivery = deliveryOf(mailbox, mail, onBehalf, now().getTime())
  limits.accept(delivery)
  store.deliver(delivery)
  for (const address of new Set(allOf(mail).map((one) => one.address.toLowerCase()))) {
    if (directory.get(address)?.state !== 'gone' && directory.get(address)) store.put(received(parts, address, mail))
  }
}

const allOf = ({ to, cc, bcc }: Content): Recipient[] => [...to, ...cc, ...bcc]

/** Whether the mail is sent on behalf of somebody. @throws GraphError for a sender that this mailbox may not be */
function checkSender({ directory }: Parts, { address }: Mailbox, scopes: Set<string>, from: string | null): boolean {
  if (from === null || from.toLowerCase() === address) return false
  if (!scopes.has('Mail.Send.Shared')) accessDenied()
  const right = directory.get(from)?.delegates[address]
  if (right !== undefined) return right === 'send_on_behalf'
  const sentence =
    'The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.'
  throw new GraphError(403, 'ErrorSendAsDenied', sentence)
}

function checkRecipients({ limits, refusedAddresses }: Parts, mail: Leaving): void {
  const all = allOf(mail)
  const wrong = all.find(({ address }) => !isAddress(address) || refusedAddresses.has(address.toLowerCase()))
  if (all.length === 0 || wrong)
    throw new GraphError(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.')
  if (all.length > limits.most.recipientsOfOne)
    throw new GraphError(400, 'ErrorExceededMaxRecipientLimit', 'The message has too many recipients.')
}

const isAddress = (address: string): boolean =>
  address.length <= 254 && /^[^\s@<>()[\],;:"\\]+@[^\s@<>()[\],;:"\\]+$/.test(address)

function deliveryOf(mailbox: Mailbox, mail: Leaving, onBehalf: boolean, at: number): Delivery {
  const { from, to, cc, bcc, subject, html, headers, files, internetMessageId } = mail
  const stamp = headers.find(({ name }) => name.toLowerCase() === STAMP_HEADER)?.value ?? null
  return {
    mailbox: mailbox.address,
    from: from?.toLowerCase() ?? mailbox.address,
    ...{ onBehalf, to, cc, bcc, subject, html, headers },
    files: files.map(({ name, contentType, size, sha256 }) => ({ name, contentType, size, sha256 })),
    ...{ stamp, internetMessageId, at },
  }
}

/** The copy of somebody on this machine. Properties of the sender's copy do not travel, and nobody sees Bcc. */
function received({ store, now }: Parts, mailbox: string, mail: Leaving): Message {
  const at = now().getTime()
  return {
    ...mail,
    ...{ id: store.newId(), mailbox, folder: 'inbox', isDraft: false, bcc: [], properties: {} },
    ...{ changedAt: at, madeAt: at, sentAt: at },
  }
}
