import * as z from 'zod'
import type { Mail } from '../merging/mail.ts'
import { attach } from './attachments.ts'
import { classify, ITEM_NOT_FOUND } from './classify.ts'
import { type Call, Client, type Reply } from './client.ts'
import { attachmentOf, CAMPAIGN_PROPERTY, messageOf, STAMP_PROPERTY } from './message.ts'
import type { Outcome } from './outcome.ts'

/** How to reach Microsoft Graph. */
export interface MailsOptions {
  /** Where a stand-in answers, version included; null is Microsoft itself. */
  api: URL | null
  now: () => Date
}

const SEND_MS = 30_000
/** Microsoft takes about 4 MB in one call; files of a bigger mail follow its draft one by one. */
const ONE_CALL_BYTES = 3_500_000
const immutable = { Prefer: 'IdType="ImmutableId"' }

const Draft = z.object({ id: z.string().min(1), internetMessageId: z.string().min(1) })
const State = z.object({ isDraft: z.boolean() })
const Property = z.object({ id: z.string(), value: z.string() })
const Found = z.object({
  id: z.string(),
  isDraft: z.boolean(),
  singleValueExtendedProperties: z.array(Property).default([]),
})
const Page = z.object({ value: z.array(Found), '@odata.nextLink': z.url().optional() })
const MOST_PAGES = 20

const refused = (code: string): Outcome<never> => ({ kind: 'refused', why: { class: 'transient', code } })
const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value })
const unreadable: Outcome<never> = { kind: 'unclear', reason: 'answer_unreadable' }

/**
 * Mails of a mailbox, through Microsoft Graph. Every method ends in an `Outcome` and throws for nothing that Microsoft or
 * the network does; none repeats a call. The first argument is an access token of the mailbox's account.
 */
export class Mails {
  readonly #client: Client

  constructor({ api, now }: MailsOptions) {
    this.#client = new Client(api, now)
  }

  /**
   * Makes a draft, files included. Nothing is sent, whatever the outcome; when it is not `done`, a stray draft may be
   * left, which `draftsOf` finds.
   */
  async createDraft(token: string, mail: Mail): Promise<Outcome<{ id: string; internetMessageId: string }>> {
    const whole = JSON.stringify({ ...messageOf(mail), attachments: mail.attachments.map(attachmentOf) })
    const isSmall = mail.attachments.length === 0 || Buffer.byteLength(whole) <= ONE_CALL_BYTES
    const reply = await this.#client.call(token, {
      method: 'POST',
      path: 'me/messages',
      body: isSmall ? whole : JSON.stringify(messageOf(mail)),
      headers: immutable,
      wants: [201],
    })
    if (statusOf(reply) !== 201) return classify(reply, true)
    const draft = read(Draft, reply)
    if (draft === undefined) return unreadable
    for (const attachment of isSmall ? [] : mail.attachments) {
      const attached = await attach(this.#client, token, draft.id, attachment)
      if (attached.kind !== 'done') return attached
    }
    return done(draft)
  }

  /**
   * Sends a draft. One that is not there is `unclear` (`ErrorItemNotFound`): it may have been sent before, or deleted by
   * its owner; `look` and `find` tell.
   */
  async sendDraft(token: string, id: string): Promise<Outcome<void>> {
    const reply = await this.#client.call(token, {
      method: 'POST',
      path: `${messagePath(id)}/send`,
      headers: immutable,
      timeoutMs: SEND_MS,
    })
    // Whatever headers come with it: Microsoft has said "accepted, Retry-After: 10" (msgraph-sdk-java #1487).
    if (statusOf(reply) === 202) return done(undefined)
    return codeOf(reply) === ITEM_NOT_FOUND ? { kind: 'unclear', reason: ITEM_NOT_FOUND } : classify(reply, true)
  }

  /** Sends a mail in one call; a copy goes to Sent Items. */
  async sendMail(token: string, mail: Mail): Promise<Outcome<void>> {
    const message = { ...messageOf(mail), attachments: mail.attachments.map(attachmentOf) }
    const reply = await this.#client.call(token, {
      method: 'POST',
      path: 'me/sendMail',
      body: JSON.stringify({ message, saveToSentItems: true }),
      timeoutMs: SEND_MS,
    })
    return statusOf(reply) === 202 ? done(undefined) : classify(reply, true)
  }

  /** What has become of a draft, by its id. `gone`: deleted, or sent and now under another id. */
  async look(token: string, id: string): Promise<Outcome<'draft' | 'sent' | 'gone'>> {
    const reply = await this.#client.call(token, {
      method: 'GET',
      path: `${messagePath(id)}?$select=isDraft`,
      headers: immutable,
      wants: [200],
    })
    if (codeOf(reply) === ITEM_NOT_FOUND && statusOf(reply) === 404) return done('gone')
    if (statusOf(reply) !== 200) return classify(reply, false)
    const state = read(State, reply)
    if (state === undefined) return refused('answer_unreadable')
    return done(state.isDraft ? 'draft' : 'sent')
  }

  /** Whether a mail is in any folder, by the id that it keeps. Microsoft's index may be minutes behind. */
  async find(token: string, internetMessageId: string): Promise<Outcome<'draft' | 'sent' | 'none'>> {
    const found = await this.#list(token, 'me/messages', {
      $filter: `internetMessageId eq ${quoted(internetMessageId)}`,
    })
    if (found.kind !== 'done') return found
    // A mail to oneself is there twice, as sent and as received: either proves it.
    if (found.value.some(({ isDraft }) => !isDraft)) return done('sent')
    return done(found.value.length > 0 ? 'draft' : 'none')
  }

  /** Drafts of a campaign that lie in Drafts, 2,000 at most, with the stamps of their rows. */
  async draftsOf(token: string, campaignId: string): Promise<Outcome<{ id: string; stamp: string }[]>> {
    const found = await this.#list(token, 'me/mailFolders/drafts/messages', {
      $filter: withProperty(CAMPAIGN_PROPERTY, campaignId),
      $expand: `singleValueExtendedProperties($filter=id eq ${quoted(STAMP_PROPERTY)})`,
    })
    if (found.kind !== 'done') return found
    const stamped = found.value.flatMap(({ id, isDraft, singleValueExtendedProperties }) => {
      const stamp = singleValueExtendedProperties.find((one) => one.id.toLowerCase() === STAMP_PROPERTY.toLowerCase())
      return isDraft && stamp ? [{ id, stamp: stamp.value }] : []
    })
    return done(stamped)
  }

  /** Deletes a draft: it lies in Deleted Items then. One that is not there is deleted. */
  async deleteDraft(token: string, id: string): Promise<Outcome<void>> {
    const reply = await this.#client.call(token, { method: 'DELETE', path: messagePath(id), headers: immutable })
    const isGone = statusOf(reply) === 204 || (statusOf(reply) === 404 && codeOf(reply) === ITEM_NOT_FOUND)
    return isGone ? done(undefined) : classify(reply, true)
  }

  /** Whether a mail with this stamp was sent, in a mailbox that may be read. Microsoft's index may be minutes behind. */
  async foundByStamp(token: string, stamp: string): Promise<Outcome<'sent' | 'none'>> {
    const found = await this.#list(token, 'me/messages', { $filter: withProperty(STAMP_PROPERTY, stamp) })
    if (found.kind !== 'done') return found
    return done(found.value.some(({ isDraft }) => !isDraft) ? 'sent' : 'none')
  }

  async #list(token: string, path: string, query: Record<string, string>): Promise<Outcome<z.output<typeof Found>[]>> {
    const found: z.output<typeof Found>[] = []
    const options = Object.entries({ ...query, $select: 'id,isDraft', $top: '100' })
    let next: Call['path'] = `${path}?${options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const reply = await this.#client.call(token, { method: 'GET', path: next, headers: immutable, wants: [200] })
      if (statusOf(reply) !== 200) return classify(reply, false)
      const page = read(Page, reply)
      if (page === undefined) return refused('answer_unreadable')
      found.push(...page.value)
      if (page['@odata.nextLink'] === undefined) break
      next = new URL(page['@odata.nextLink'])
      // A token is for Graph alone, whatever an answer says (F33).
      if (!this.#client.isOurs(next)) return refused('foreign_address')
    }
    return done(found)
  }
}

const messagePath = (id: string): string => `me/messages/${encodeURIComponent(id)}`

/** A text of OData. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const withProperty = (id: string, value: string): string =>
  `singleValueExtendedProperties/any(ep: ep/id eq ${quoted(id)} and ep/value eq ${quoted(value)})`

const statusOf = (reply: Reply): number | undefined => (reply.kind === 'answer' ? reply.status : undefined)

const codeOf = (reply: Reply): string | null => (reply.kind === 'answer' ? reply.code : null)

function read<Schema extends z.ZodType>(schema: Schema, reply: Reply): z.output<Schema> | undefined {
  return schema.safeParse(reply.kind === 'answer' ? reply.body : undefined).data
}
