import assert from 'node:assert/strict'
import { allowSending } from '../../infra/local/allow-sending.ts'
import type { Stage } from '../../infra/local/demo/stage.ts'
import type { CastKey } from '../../infra/local/identity/cast.ts'

const PATIENCE_MS = 60_000
const LOOK_MS = 200
const html = '<p>Dear {{First|friend}},</p><p>your number is <b>{{No}}</b>.</p>'
const over = ['completed', 'completed_with_errors', 'cancelled']

/** A campaign as its sender is shown it. */
export interface ShownCampaign {
  campaignId: string
  state: string
  total: number
  counts: { sent: number; failed: number; unknown: number; sending: number; pending: number }
}

const rowsOf = (count: number): string =>
  Array.from({ length: count }, (_, at) =>
    JSON.stringify({ row: at + 1, to: `p${at + 1}@customers.example`, fields: { First: `P${at}`, No: String(at) } }),
  ).join('\n')

/** Somebody who sends one campaign after the other, each of so many rows. */
export class Sender {
  readonly stage: Stage
  readonly key: CastKey
  readonly mode: 'draft' | 'send'
  readonly #rows: number
  readonly ids: string[] = []
  #before = 0

  constructor(stage: Stage, key: CastKey, mode: 'draft' | 'send', rows: number) {
    this.stage = stage
    this.key = key
    this.mode = mode
    this.#rows = rows
  }

  /** Allows it, and starts the first. */
  async begin(): Promise<void> {
    await allowSending(this.stage.system, this.key, { drafts: this.mode === 'draft' })
    await this.#start()
  }

  /** Stops and goes on, looks at everything, and waits until more mails have left, whoever sends them. */
  async play(): Promise<void> {
    if (over.includes((await this.shown()).state)) await this.#start()
    await this.pause()
    for (const what of ['', '/preflight', '/report', '/rows/1/preview']) await this.#ask('GET', this.#path(what))
    await this.resume()
    await this.#ask('POST', this.#path('/test'), { to: `${this.key}@contoso.example` })
    for (const path of ['/api/campaigns', '/api/mailboxes']) await this.#ask('GET', path)
    await this.progress(5)
  }

  /** Waits until so many more have left, of this campaign or of the next. */
  async progress(more: number): Promise<void> {
    const wanted = (await this.#sent()) + more
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const shown = await this.shown()
      if (this.#before + shown.counts.sent >= wanted) return
      if (over.includes(shown.state)) await this.#start()
      if (Date.now() > end) throw new Error(`${this.key}: no mail leaves: ${JSON.stringify(shown)}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** Waits until nothing is under way any more. */
  async pause(): Promise<void> {
    if (over.includes((await this.shown()).state)) return
    const said = await this.stage.call(this.key, 'POST', this.#path('/pause'), {})
    // The last of its mails may have left meanwhile.
    assert.ok(said.status === 200 || said.body?.title === 'campaign_state', JSON.stringify(said.body))
    await this.#until(({ counts }) => counts.sending === 0)
  }

  async resume(): Promise<void> {
    const said = await this.stage.call(this.key, 'POST', this.#path('/resume'), {})
    assert.ok(said.status === 200 || said.body?.title === 'campaign_state', JSON.stringify(said.body))
  }

  /** Waits until its last campaign is over. */
  over = (): Promise<ShownCampaign> => this.#until(({ state }) => over.includes(state))

  async shown(id = this.ids.at(-1)): Promise<ShownCampaign> {
    return (await this.#ask('GET', `/api/campaigns/${id}`)) as unknown as ShownCampaign
  }

  async #until(holds: (shown: ShownCampaign) => boolean): Promise<ShownCampaign> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const shown = await this.shown()
      if (holds(shown)) return shown
      if (Date.now() > end) throw new Error(`${this.key}: ${JSON.stringify(shown)}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** Mails of all its campaigns; of those before the last no more can come. */
  async #sent(): Promise<number> {
    return this.#before + (await this.shown()).counts.sent
  }

  async #start(): Promise<void> {
    if (this.ids.length > 0) this.#before += (await this.shown()).counts.sent
    const wish = { name: 'News', subject: 'News for {{First|you}}', html, mode: this.mode }
    const { campaignId } = await this.#ask('POST', '/api/campaigns', wish)
    this.ids.push(String(campaignId))
    await this.#ask('POST', this.#path('/recipients'), rowsOf(this.#rows))
    await this.#ask('POST', this.#path('/start'), {})
  }

  #path = (what: string) => `/api/campaigns/${this.ids.at(-1)}${what}`

  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Record<string, unknown>> {
    const said = await this.stage.call(this.key, method, path, body)
    assert.equal(said.status, 200, `${method} ${path}: ${said.status} ${JSON.stringify(said.body)}`)
    return said.body
  }
}
