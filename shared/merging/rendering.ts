import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import { type Attachment, type Mail, recipientsOf, stampOf } from './mail.ts'
import type { Row } from './row.ts'
import { compile, isTemplate } from './template/compile.ts'
import { footerIn } from './template/footer.ts'
import { render } from './template/render.ts'
import type { Template } from './template/template.ts'
import type { Ready } from './turn.ts'

/** Campaigns whose template a process remembers. */
const KEPT = 100
/** Headers, and what Microsoft adds. */
const ENVELOPE_BYTES = 2048

/** What all mails of a campaign share. */
interface Common {
  template: Template
  attachments: Attachment[]
}

/** Renders the mails of campaigns: the same for a preview, a test and the real thing. */
export class Rendering {
  readonly #content: Content
  readonly #common = new Map<string, Promise<Common | undefined>>()

  constructor(content: Content) {
    this.#content = content
  }

  /** The mail of the row at a position. */
  async ready(campaign: Campaign, position: number): Promise<Ready> {
    // This process may remember what is deleted.
    const row = campaign.isEmptied ? undefined : await this.#content.row(campaign, position)
    if (!row) return { mail: { problem: 'row_gone' }, to: '', row: position, need: { recipients: 0, bytes: 0 } }
    const mail = await this.mailOf(campaign, row)
    if ('problem' in mail) return { mail, to: row.to.address, row: row.row, need: { recipients: 0, bytes: 0 } }
    return {
      mail,
      to: row.to.address,
      row: row.row,
      need: { recipients: recipientsOf(mail), bytes: bytesOf(mail) },
    }
  }

  /** The mail of a row, or why there is none. */
  async mailOf(campaign: Campaign, row: Row): Promise<Mail | { problem: string }> {
    const common = await this.#commonOf(campaign)
    if (!common) return { problem: 'template_gone' }
    // Before the first mail is due: as it would be decided now.
    const carriesFooter = campaign.footer ?? campaign.licensedUntil === null
    const footer = carriesFooter ? footerIn(campaign.language) : null
    const rendered = render(common.template, row, { footer })
    if ('problem' in rendered) return { problem: rendered.problem.code }
    const { to, cc, bcc } = row
    const stamp = stampOf(campaign.campaignId, row.row)
    return { ...rendered, from: campaign.from, to: [to], cc, bcc, stamp, attachments: common.attachments }
  }

  #commonOf(campaign: Campaign): Promise<Common | undefined> {
    const { campaignId } = campaign
    const known = this.#common.get(campaignId) ?? this.#load(campaign)
    this.#common.delete(campaignId)
    this.#common.set(campaignId, known)
    if (this.#common.size > KEPT) this.#common.delete(this.#common.keys().next().value as string)
    // What could not be read is read again next time.
    known.then(
      (common) => common ?? this.#common.delete(campaignId),
      () => this.#common.delete(campaignId),
    )
    return known
  }

  async #load(campaign: Campaign): Promise<Common | undefined> {
    const [stored, attachments] = await Promise.all([
      this.#content.template(campaign),
      this.#content.attachments(campaign),
    ])
    const template = stored && compile(stored.subject, stored.html)
    return template && isTemplate(template) ? { template, attachments } : undefined
  }
}

const bytesOf = ({ html, subject, attachments }: Mail): number =>
  Buffer.byteLength(html) +
  Buffer.byteLength(subject) +
  ENVELOPE_BYTES +
  attachments.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 3) * 4, 0)
