import type { Addressee, Attachment, Mail } from '../merging/mail.ts'

/** Header that each mail of ours carries: its stamp. */
export const STAMP_HEADER = 'x-securemailmerge-id'

// Named properties live in a set of our own, so that nobody else's property of the same name is ours.
const ours = 'String {a16235d1-aec2-47fd-8fae-7ed53be5898f} Name'

/** Property of a mail that holds its stamp, for `$filter`. */
export const STAMP_PROPERTY = `${ours} securemailmerge-id`

/** Property that holds the stamp's campaign: of a property, only equality is documented for `$filter`. */
export const CAMPAIGN_PROPERTY = `${ours} securemailmerge-campaign`

/** The campaign of a stamp. */
export const campaignOf = (stamp: string): string => stamp.slice(0, Math.max(0, stamp.lastIndexOf('.')))

/** A mail in the words of Microsoft Graph, without its attachments. Values are JSON: nothing here is ever header text. */
export const messageOf = ({ from, to, cc, bcc, subject, html, stamp }: Mail) => ({
  subject,
  body: { contentType: 'HTML', content: html },
  ...(from === null ? {} : { from: { emailAddress: { address: from } } }),
  toRecipients: to.map(recipient),
  ccRecipients: cc.map(recipient),
  bccRecipients: bcc.map(recipient),
  internetMessageHeaders: [{ name: STAMP_HEADER, value: stamp }],
  singleValueExtendedProperties: [
    { id: STAMP_PROPERTY, value: stamp },
    { id: CAMPAIGN_PROPERTY, value: campaignOf(stamp) },
  ],
})

/** A file in the words of Microsoft Graph. */
export const attachmentOf = ({ name, contentType, bytes }: Attachment) => ({
  '@odata.type': '#microsoft.graph.fileAttachment',
  name,
  contentType,
  contentBytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
})

const recipient = ({ address, name }: Addressee) => ({
  emailAddress: name === null ? { address } : { address, name },
})
