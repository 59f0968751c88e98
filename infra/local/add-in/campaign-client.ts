import type { CampaignView, PreflightView } from '@securemailmerge/shared/http/contracts/campaign-views'
import type { MailboxView } from '@securemailmerge/shared/http/contracts/mailboxes'
import type * as z from 'zod'

const PATIENCE_MS = 30_000
/** A list of 100,000 rows takes a while on a slow line. */
const UPLOAD_MS = 300_000

export type Campaign = z.output<typeof CampaignView>
export type Preflight = z.output<typeof PreflightView>
export type Mailbox = z.output<typeof MailboxView>

/** What somebody lets us do: `drafts` makes each mail go out exactly once, `shared` is for mailboxes of others. */
export interface Wish {
  drafts: boolean
  shared: boolean
}

/** What a campaign is made of; its list comes after it. */
export interface Content {
  name: string
  subject: string
  html: string
  from: string | null
  mode: 'draft' | 'send'
  language: string
}

/** The last sign-in by which somebody wanted to allow sending. */
export interface Attempt {
  grant: string
  outcome: string
  drafts: boolean
  shared: boolean
  at: string
  expiresAt: string
}

/** One row of a report. */
export interface ReportLine {
  position: number | null
  row: number | null
  to: string | null
  state: string
  why: string | null
}

/** What the client runs on. */
export interface CampaignParts {
  /** Public address of the services; no slash at the end. */
  origin: string
  language: string
  /** An access token of the Sending API, or null. */
  token: () => string | null
  /** The last licence proof: without it mails carry the footer. */
  proof: () => string | null
  fetch?: (url: string, init?: RequestInit) => Promise<Response>
}

/** A call that was not answered as hoped. `code` is a problem's title, `no_answer`, or `sending_off`. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  /** What the problem names beside. */
  readonly about: Record<string, unknown>

  constructor(status: number, code: string, about: Record<string, unknown> = {}) {
    super(code)
    this.status = status
    this.code = code
    this.about = about
  }
}

interface Asked {
  method?: string
  body?: unknown
  lines?: string
  headers?: Record<string, string>
}

/**
 * The part of an add-in that sends campaigns. While sending is off no call carries a recipient, a subject or a text: before
 * each that would, the server is asked whether it is on.
 */
export class CampaignClient {
  readonly #parts: CampaignParts

  constructor(parts: CampaignParts) {
    this.#parts = parts
  }

  /** The mailbox of whoever is signed in, and what became of the last sign-in for it. */
  async mailbox(): Promise<{ mailbox: Mailbox | null; lastAttempt: Attempt | null }> {
    const { mailboxes, lastAttempt } = await this.#json('mailboxes')
    return { mailbox: mailboxes[0] ?? null, lastAttempt }
  }

  begin = (wish: Wish & { loginHint: string }): Promise<{ grantId: string; signInUrl: string; expiresAt: string }> =>
    this.#json('mailboxes/grants', { body: wish })

  /** Ends a grant, or a sign-in that is not finished. */
  end = (grant: string): Promise<unknown> => this.#json(`mailboxes/grants/${grant}`, { method: 'DELETE' })

  adminConsent = (wish: Wish): Promise<{ url: string; subject: string; text: string }> =>
    this.#json('mailboxes/admin-consent', { body: wish })

  /** The same key for the same content makes one campaign, however often it is asked. */
  async create(content: Content, key: string): Promise<Campaign> {
    await this.#mustBeOn()
    return this.#json('campaigns', { body: content, headers: { 'Idempotency-Key': key, ...this.#proof() } })
  }

  async upload(id: string, lines: string): Promise<{ campaign: Campaign; preflight: Preflight }> {
    await this.#mustBeOn()
    return this.#json(`campaigns/${id}/recipients`, { lines, headers: this.#proof() })
  }

  /** A mail as it will be sent. */
  async preview(id: string, position: number): Promise<{ subject: string; html: string }> {
    const response = await this.#ask(`campaigns/${id}/rows/${position}/preview`, { headers: this.#proof() })
    const subject = decodeURIComponent(response.headers.get('mail-subject') ?? '')
    return { subject, html: await response.text() }
  }

  async test(id: string, position: number, to: string): Promise<{ outcome: 'sent' | 'unknown' }> {
    await this.#mustBeOn()
    return this.#json(`campaigns/${id}/test`, { body: { position, to }, headers: this.#proof() })
  }

  start = (id: string, when: { at: string | null; leaveOut: boolean }): Promise<Campaign> =>
    this.#json(`campaigns/${id}/start`, { body: when, headers: this.#proof() })

  act = (id: string, deed: 'pause' | 'resume' | 'cancel' | 'retry'): Promise<Campaign> =>
    this.#json(`campaigns/${id}/${deed}`, { body: {} })

  settle = (id: string, positions: number[], as: 'sent' | 'again'): Promise<Campaign> =>
    this.#json(`campaigns/${id}/rows/settle`, { body: { positions, as } })

  list = async (): Promise<Campaign[]> => (await this.#json('campaigns')).campaigns

  show = (id: string): Promise<Campaign> => this.#json(`campaigns/${id}`)

  delete = (id: string): Promise<unknown> => this.#json(`campaigns/${id}`, { method: 'DELETE' })

  /** The report, which comes in parts: the whole, or as much as is enough. */
  async report(id: string, format: 'csv' | 'jsonl', isEnough = (_text: string) => false): Promise<string> {
    let text = ''
    for (let after: string | null = '0'; after !== null && !isEnough(text); ) {
      const part: Response = await this.#ask(`campaigns/${id}/report?format=${format}&after=${after}`)
      text += await part.text()
      after = part.headers.get('next-after')
    }
    return text
  }

  /** It may have been ended elsewhere since the page last looked. */
  async #mustBeOn(): Promise<void> {
    const known = this.#parts.token() === null ? null : (await this.mailbox()).mailbox
    if (!isOn(known)) throw new Refused(0, 'sending_off')
  }

  #proof(): Record<string, string> {
    const proof = this.#parts.proof()
    return proof === null ? {} : { 'Licence-Proof': proof }
  }

  // biome-ignore lint/suspicious/noExplicitAny: whoever calls knows the route, and with it the shape.
  async #json(path: string, asked: Asked = {}): Promise<any> {
    return (await this.#ask(path, asked)).json()
  }

  async #ask(path: string, { method, body, lines, headers = {} }: Asked = {}): Promise<Response> {
    const { origin, language, token, fetch = (url, init) => globalThis.fetch(url, init) } = this.#parts
    const sent = lines ?? (body === undefined ? undefined : JSON.stringify(body))
    const type = lines === undefined ? 'application/json' : 'application/jsonl'
    const response = await fetch(`${origin}/api/${path}`, {
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      headers: {
        Authorization: `Bearer ${token() ?? ''}`,
        'Accept-Language': language,
        ...(sent === undefined ? {} : { 'Content-Type': type }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
      cache: 'no-store',
      signal: AbortSignal.timeout(lines === undefined ? PATIENCE_MS : UPLOAD_MS),
    }).catch(() => {
      throw new Refused(0, 'no_answer')
    })
    if (response.ok) return response
    const said = (await response.json().catch(() => ({}))) as Record<string, unknown>
    throw new Refused(response.status, String(said.title ?? 'no_answer'), said)
  }
}

/** Whether its owner lets us send: also while Microsoft, or a policy, stands in the way for now. */
export const isOn = (mailbox: Mailbox | null): boolean =>
  mailbox !== null && mailbox.state !== 'ended' && mailbox.state !== 'consent_withdrawn'
