/** One addressee as a mail shows it: an address, and a name where the row has one. */
export interface Addressee {
  address: string
  name: string | null
}

/** A file that goes with each mail of a campaign. */
export interface Attachment {
  name: string
  contentType: string
  bytes: Uint8Array
}

/** One mail, ready to be handed to Microsoft: rendered, footer included, for one row. */
export interface Mail {
  /** A shared mailbox that it is sent as, or null for the mailbox of the account itself. */
  from: string | null
  to: Addressee[]
  cc: Addressee[]
  bcc: Addressee[]
  subject: string
  html: string
  /** Our own mark, by which a mail is found again: campaign id and row. */
  stamp: string
  attachments: Attachment[]
}

/** The mark of the mail of one row. Rows count from 1. */
export const stampOf = (campaignId: string, row: number): string => `${campaignId}.${row}`

/** Headers, and what Microsoft adds. */
const ENVELOPE_BYTES = 2048

/** Bytes of what goes with the text of a mail, as it travels, about: its files, and what stands around them. */
export const bytesBesideText = (attachments: Pick<Attachment, 'bytes'>[]): number =>
  ENVELOPE_BYTES + attachments.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 3) * 4, 0)

/** Bytes of the text of a mail. */
export const bytesOfText = ({ html, subject }: Pick<Mail, 'html' | 'subject'>): number =>
  Buffer.byteLength(html) + Buffer.byteLength(subject)

/** Bytes of a mail with its files, as it travels, about. */
export const bytesOf = (mail: Mail): number => bytesOfText(mail) + bytesBesideText(mail.attachments)

/** How many the sender's limits count for a mail (product reference 4.1): each of To, Cc and Bcc. */
export const recipientsOf = ({ to, cc, bcc }: Pick<Mail, 'to' | 'cc' | 'bcc'>): number =>
  to.length + cc.length + bcc.length
