import * as z from 'zod'
import type { Attachment } from '../merging/mail.ts'
import { classify } from './classify.ts'
import type { Client } from './client.ts'
import { attachmentOf } from './message.ts'
import type { Outcome } from './outcome.ts'

/** From this size on a file goes up in ranges: 3 MB, less what is around it in a call that takes 4 MB of base64. */
const LARGE_BYTES = 3_140_000
/** Of one range; at most 4 MB are taken. */
const RANGE_BYTES = 3 * 1024 * 1024
/** Where Microsoft takes ranges, beside the address that was asked. */
const takers = ['https://outlook.office.com', 'https://outlook.office365.com']

const Session = z.object({ uploadUrl: z.url() })
const done: Outcome<void> = { kind: 'done', value: undefined }

/** Adds a file to a draft. */
export async function attach(
  client: Client,
  token: string,
  draftId: string,
  attachment: Attachment,
): Promise<Outcome<void>> {
  const place = `me/messages/${encodeURIComponent(draftId)}/attachments`
  if (attachment.bytes.byteLength >= LARGE_BYTES) return upload(client, token, place, attachment)
  const body = JSON.stringify(attachmentOf(attachment))
  const reply = await client.call(token, { method: 'POST', path: place, body })
  return reply.kind === 'answer' && reply.status === 201 ? done : classify(reply, true)
}

async function upload(
  client: Client,
  token: string,
  place: string,
  { name, contentType, bytes }: Attachment,
): Promise<Outcome<void>> {
  const size = bytes.byteLength
  const body = JSON.stringify({ AttachmentItem: { attachmentType: 'file', name, contentType, size } })
  const begun = await client.call(token, {
    method: 'POST',
    path: `${place}/createUploadSession`,
    body,
    wants: [201],
  })
  if (begun.kind !== 'answer' || begun.status !== 201) return classify(begun, true)
  const session = Session.safeParse(begun.body)
  if (!session.success) return { kind: 'unclear', reason: 'answer_unreadable' }
  const address = new URL(session.data.uploadUrl)
  // Somebody's file goes to nobody that an answer merely names (F33).
  if (![client.origin, ...takers].includes(address.origin))
    return { kind: 'refused', why: { class: 'sender', code: 'foreign_address' } }
  for (let from = 0; from < size; from += RANGE_BYTES) {
    const to = Math.min(from + RANGE_BYTES, size)
    const range = new Uint8Array(bytes.subarray(from, to))
    // The address itself is the permission: a token sent along is refused, and would be a leak.
    const reply = await client.call(null, {
      method: 'PUT',
      path: address,
      body: range,
      headers: { 'Content-Type': 'application/octet-stream', 'Content-Range': `bytes ${from}-${to - 1}/${size}` },
    })
    const isTaken = reply.kind === 'answer' && reply.status === (to === size ? 201 : 200)
    if (!isTaken) return classify(reply, true)
  }
  return done
}
