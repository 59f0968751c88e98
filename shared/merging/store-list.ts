import { Refusal } from '../refusal.ts'
import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import { LeftOutLines } from './left-out.ts'
import { Preflight, type PreflightAnswer } from './preflight.ts'
import { readRows } from './read-rows.ts'
import { isBad } from './rows.ts'
import { compile, isTemplate } from './template/compile.ts'
import { footerIn } from './template/footer.ts'
import { Work } from './work.ts'

/** What is known of a list, and the name it is stored under. */
export type StoredList = PreflightAnswer & { list: string }

/**
 * Stores a list as it comes: the rows that can be sent, the lines that are left out, and what is to be known (C-3).
 * @throws Refusal `body_too_large` for more rows, or more work, than a list may have, `not_found`
 */
export async function storeList(
  { content }: { content: Content },
  campaign: Campaign,
  bytes: AsyncIterable<Uint8Array>,
): Promise<StoredList> {
  const [stored, attachments] = await Promise.all([content.template(campaign), content.attachments(campaign)])
  const template = stored && compile(stored.subject, stored.html)
  if (!template || !isTemplate(template)) throw new Refusal('not_found', 'The campaign has no template any more.')
  const preflight = new Preflight(template, footerIn(campaign.language), attachments)
  // A name of its own: whoever reads another list of this campaign, or sends it by now, goes on reading that one.
  const list = crypto.randomUUID()
  const named = { campaignId: campaign.campaignId, list }
  const leftOut = new LeftOutLines(content, named)
  const work = new Work()
  async function* good() {
    for await (const line of readRows(bytes, work)) {
      const fault = work.do(() => preflight.take(line))
      await work.rest()
      if (fault) await leftOut.add(fault)
      else if (!isBad(line)) yield line
    }
    await leftOut.end()
  }
  await content.putRows(named, good()).catch(async (fault: unknown) => {
    // What cannot be deleted either goes with its campaign.
    await content.deleteList(named).catch(() => {})
    throw fault
  })
  const answer = preflight.answer()
  await content.putNote(named, 'preflight', answer)
  return { ...answer, list }
}

/** @throws Refusal `template_invalid` while a field has no column, or rows would be left out that nobody has agreed to */
export function refuseUnready({ unknownFields, lines, mails }: PreflightAnswer, mayLeaveOut: boolean): void {
  if (unknownFields.length > 0)
    throw new Refusal('template_invalid', 'The list has no column for a field of the template.', { unknownFields })
  const leftOut = lines - mails
  if (leftOut > 0 && !mayLeaveOut)
    throw new Refusal('template_invalid', `${leftOut} rows cannot be sent: mend them, or say that they are left out.`, {
      leftOut,
    })
}
