import type { Key } from '../../language/say.ts'

/** What is stored of people, and until when; a test holds the times against docs/. */
export const stored: { about: Key; rows: [what: Key, until: Key][] }[] = [
  {
    about: 'it.stored.licences',
    rows: [
      ['it.stored.free', 'it.until.free'],
      ['it.stored.licensed', 'it.until.licensed'],
      ['it.stored.history', 'it.until.history'],
      ['it.stored.session', 'it.until.session'],
    ],
  },
  {
    about: 'it.stored.purchases',
    rows: [
      ['it.stored.intent', 'it.until.intent'],
      ['it.stored.events', 'it.until.events'],
      ['it.stored.payment', 'it.until.payment'],
    ],
  },
  {
    about: 'it.stored.sending',
    rows: [
      ['it.stored.content', 'it.until.content'],
      ['it.stored.mails', 'it.until.mails'],
      ['it.stored.campaign', 'it.until.campaign'],
      ['it.stored.mailbox', 'it.until.mailbox'],
      ['it.stored.grant', 'it.until.grant'],
      ['it.stored.attempt', 'it.until.attempt'],
    ],
  },
  {
    about: 'it.stored.all',
    rows: [
      ['it.stored.logs', 'it.until.logs'],
      ['it.stored.backups', 'it.until.backups'],
    ],
  },
]
