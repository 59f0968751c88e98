import * as z from 'zod'
import { GraphError } from './graph-error.ts'

/** A person or mailbox, as Graph writes it. */
export interface Recipient {
  address: string
  name: string | null
}

/** A file of a message. Its bytes are not kept. */
export interface File {
  id: string
  name: string
  contentType: string
  size: number
  /** Hex, of the bytes. */
  sha256: string
}

/** What is written in a message. */
export interface Content {
  subject: string
  html: string
  isText: boolean
  from: string | null
  to: Recipient[]
  cc: Recipient[]
  bcc: Recipient[]
  headers: { name: string; value: string }[]
  /** Extended properties: value by id. */
  properties: Record<string, string>
}

/** A folder that every mailbox has, by its well-known name. */
export type Folder = 'inbox' | 'drafts' | 'sentitems' | 'deleteditems'

/** A message in a mailbox. */
export interface Message extends Content {
  id: string
  /** Address of the mailbox. */
  mailbox: string
  folder: Folder
  isDraft: boolean
  internetMessageId: string
  files: File[]
  /** ms; the index knows the message from this on, and then some. */
  changedAt: number
  madeAt: number
  sentAt: number | null
}

/** Whole messages may be this long, as their tenant allows by default. */
export const LONGEST_MESSAGE = 35 * 1024 * 1024

const recipient = z.strictObject({
  emailAddress: z.strictObject({ address: z.string(), name: z.string().optional() }),
})
const recipients = z.array(recipient)
const FileAttachment = z.strictObject({
  '@odata.type': z.literal('#microsoft.graph.fileAttachment'),
  name: z.string(),
  contentType: z.string().default('application/octet-stream'),
  contentBytes: z.base64(),
})

/** What a message may be written with. Every other property is refused by name. */
const Written = z.strictObject({
  subject: z.string().optional(),
  body: z.strictObject({ contentType: z.enum(['HTML', 'html', 'Text', 'text']), content: z.string() }).optional(),
  from: recipient.optional(),
  toRecipients: recipients.optional(),
  ccRecipients: recipients.optional(),
  bccRecipients: recipients.optional(),
  internetMessageHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  singleValueExtendedProperties: z
    .array(
      z.strictObject({
        id: z.string().regex(/^String (\{[\da-f-]{36}\} Name .+|0x[\da-f]+)$/i, 'a property of texts'),
        value: z.string(),
      }),
    )
    .optional(),
  attachments: z.array(FileAttachment).optional(),
})

/** What a body says of a message: all that it names. */
export type Written = z.output<typeof Written>
/** A file as it is written. */
export type FileAttachment = z.output<typeof FileAttachment>

const SendMail = z.strictObject({ message: Written, saveToSentItems: z.boolean().default(true) })
const UploadSession = z.strictObject({
  AttachmentItem: z.strictObject({
    attachmentType: z.literal('file'),
    name: z.string(),
    size: z.int().min(0),
    contentType: z.string().default('application/octet-stream'),
  }),
})

const reader =
  <Schema extends z.ZodType>(schema: Schema) =>
  (body: unknown): z.output<Schema> => {
    const result = schema.safeParse(body)
    if (result.success) return result.data
    const said = z.prettifyError(result.error).replaceAll('\n', ' ')
    throw new GraphError(400, 'RequestBodyRead', `The local Graph does not take this: ${said}`)
  }

/** Readers of bodies. @throws GraphError that names what is wrong or unknown */
export const read = {
  message: reader(Written),
  file: reader(FileAttachment),
  sendMail: reader(SendMail),
  uploadSession: reader(UploadSession),
}

const MOST_HEADERS = 5

/** The content that a body describes, over what there was before. @throws GraphError for a header that Graph refuses */
export function contentOf(written: Written, before: Content = nothing): Content {
  const { subject, body, from, internetMessageHeaders: headers, singleValueExtendedProperties: properties } = written
  checkHeaders(headers ?? [])
  return {
    subject: subject ?? before.subject,
    html: body?.content ?? before.html,
    isText: body ? body.contentType.toLowerCase() === 'text' : before.isText,
    from: from?.emailAddress.address ?? before.from,
    to: written.toRecipients?.map(plain) ?? before.to,
    cc: written.ccRecipients?.map(plain) ?? before.cc,
    bcc: written.bccRecipients?.map(plain) ?? before.bcc,
    headers: headers ?? before.headers,
    properties: { ...before.properties, ...Object.fromEntries((properties ?? []).map(({ id, value }) => [id, value])) },
  }
}

const nothing: Content = {
  ...{ subject: '', html: '', isText: false, from: null, to: [], cc: [], bcc: [], headers: [], properties: {} },
}

const plain = ({ emailAddress: { address, name } }: z.output<typeof recipient>): Recipient => ({
  address,
  name: name ?? null,
})

function checkHeaders(headers: { name: string; value: string }[]): void {
  for (const { name, value } of headers) {
    if (!/^x-[!-9;-~]+$/i.test(name)) {
      const sentence = `The internet message header name '${name}' should start with 'x-' or 'X-'.`
      throw new GraphError(400, 'InvalidInternetMessageHeader', sentence)
    }
    if (/[\r\n]/.test(value))
      throw new GraphError(400, 'InvalidInternetMessageHeader', `The header '${name}' has more than one line.`)
  }
  if (headers.length > MOST_HEADERS) {
    const sentence = `Maximum number of headers in one message should be less than or equal to ${MOST_HEADERS}.`
    throw new GraphError(400, 'InvalidInternetMessageHeaderCollection', sentence)
  }
}
