import { type Campaign, carriesFooter } from './campaign.ts'
import type { Content } from './content.ts'
import { Kept } from './kept.ts'
import { type Attachment, bytesOf, type Mail, recipientsOf, stampOf } from './mail.ts'
import type { Row } from './row.ts'
import { compile, isTemplate } from './template/compile.ts'
import { footerIn } from './template/footer.ts'
import { render } from './template/render.ts'
import type { Template } from './template/template.ts'
import type { Ready } from './turn.ts'

/** Bytes of templates and files that a process remembers: thousands of campaigns, or a few with all the files they may. */
const KEPT_BYTES = 128 * 1024 * 1024
/** About what a part of a template takes in memory. */
const PART_BYTES = 300

/** What all mails of a campaign share. */
interface Common {
  template: Template
  attachments: Attachment[]
}

/** Renders the mails of campaigns: the same for a preview, a test and the real thing. */
export class Rendering {
  readonly #content: Content
  readonly #common = new Kept<Common>(KEPT_BYTES)
  readonly #loading = new Map<string, Promise<Common | undefined>>()

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
    const footer = carriesFooter(campaign) ? footerIn(campaign.language) : null
    const rendered = render(common.template, row, { footer })
    if ('problem' in rendered) return { problem: rendered.problem.code }
    const { to, cc, bcc } = row
    const stamp = stampOf(campaign.campaignId, row.row)
    return { ...rendered, from: campaign.from, to: [to], cc, bcc, stamp, attachments: common.attachments }
  }

  async #commonOf(campaign: Campaign): Promise<Common | undefined> {
    const { campaignId } = campaign
    const known = this.#common.get(campaignId)
    if (known) return known
    const others = this.#loading.get(campaignId)
    if (others !== undefined) return others
    const loading = this.#load(campaign)
    this.#loading.set(campaignId, loading)
    try {
      const common = await loading
      // What could not be read is read again next time.
      if (common) this.#common.set(campaignId, common, sizeOf(common))
      return common
    } finally {
      this.#loading.delete(campaignId)
    }
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

/** What it takes in memory, about: a template is held as it is stored, and in pieces. */
const sizeOf = ({ template: { source, subject, body }, attachments }: Common): number =>
  4 * source.html.length +
  PART_BYTES * (1 + subject.parts.length + body.parts.length) +
  attachments.reduce((sum, { bytes }) => sum + bytes.length, 0)
