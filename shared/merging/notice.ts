import type { Language } from '../licensing/answer.ts'
import type { Campaign } from './campaign.ts'
import type { Mailbox } from './mailbox.ts'

/** The owner of a mailbox is told of campaigns of more mails than this (F24). */
export const MOST_UNTOLD = 50

/** What the owner of a mailbox is still to be told, by a mail in it: sending was allowed, or a large campaign started (F24). */
export interface Notice {
  about: 'grant' | 'campaign'
  /** Of the grant, or of the campaign. */
  id: string
  language: Language
  /** When that was. */
  at: string
}

/** The mark of a notice. No row has one like it, and no campaign is found by it. */
export const noticeStampOf = ({ id }: Notice): string => `notice.${id}`

/** What is still to be told to the owner of a mailbox, the next one first. */
export const noticesOf = ({ notices }: Mailbox): Notice[] => notices ?? []

/** There is something to tell. Of grants it is the last one that counts. */
export function withNotice(mailbox: Mailbox, notice: Notice): Mailbox {
  const others = noticesOf(mailbox).filter(({ about }) => about === 'campaign' || notice.about === 'campaign')
  return { ...mailbox, notices: [...others, notice] }
}

/** A campaign is started, now or for later: a large one is told of before its second mail leaves. */
export function withCampaignTold(mailbox: Mailbox, { campaignId: id, language, total }: Campaign, now: Date): Mailbox {
  return total > MOST_UNTOLD ? withNotice(mailbox, { about: 'campaign', id, language, at: now.toISOString() }) : mailbox
}

/** It is told, or need not be. */
export const withoutNotice = (mailbox: Mailbox, { id }: Notice): Mailbox => ({
  ...mailbox,
  notices: noticesOf(mailbox).filter((one) => one.id !== id),
})
