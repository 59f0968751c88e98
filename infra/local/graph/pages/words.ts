import type { Folder } from '../message.ts'
import { french } from './words.fr.ts'

const english = {
  notice: 'Local stand-in for Microsoft Graph. Nobody is real, and no mail leaves this machine.',
  mailboxes: 'Mailboxes',
  name: 'Name',
  address: 'Address',
  shared: 'shared',
  states: { open: '', blocked: 'blocked', gone: 'no mailbox' },
  folders: {
    inbox: 'Inbox',
    drafts: 'Drafts',
    sentitems: 'Sent Items',
    deleteditems: 'Deleted Items',
  } satisfies Record<Folder, string>,
  find: 'Find',
  findHint: 'by address, subject or stamp',
  shownOf: (shown: number, all: number) => `${shown} of ${all}, newest first.`,
  older: 'Older',
  newer: 'Newer',
  empty: 'Nothing here.',
  subject: 'Subject',
  noSubject: '(no subject)',
  from: 'From',
  to: 'To',
  cc: 'Cc',
  bcc: 'Bcc',
  stamp: 'Stamp',
  time: 'Time (UTC)',
  draft: 'draft',
  headers: 'Headers',
  files: 'Files',
  bytes: (size: string) => `${size} bytes`,
  message: 'The mail itself',
  messageHint: 'It runs no script and fetches nothing: remote pictures stay empty.',
  missingMailbox: 'There is no such mailbox.',
  missingMail: 'There is no such mail.',
}

/** Texts of the pages in one language. */
export type Words = typeof english

/** The texts by language. */
export const words = { en: english, fr: french }
