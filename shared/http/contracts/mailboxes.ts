import * as z from 'zod'
import { type Client, route } from '../contract.ts'

const none = z.object({})
const clients: Client[] = ['addIn', 'portal']
const GrantId = z
  .string()
  .regex(/^[\w-]{43}\.[\w-]{22}$/, 'not_a_grant_id')
  .meta({ description: 'Begins with the id of its mailbox.' })
const Drafts = z.boolean().default(false).meta({
  description:
    'Also drafts, which makes each mail go out exactly once. Lets us read and write mail: ask for it only where an administrator has agreed.',
})
const Link = z.url().meta({ description: "A page of Microsoft's. Open it now; it is not to be kept." })

/** A mailbox that somebody lets us send from, or did. */
export const MailboxView = z
  .object({
    mailbox: z.string(),
    grant: GrantId,
    state: z.enum(['ready', 'needs_sign_in', 'blocked_by_policy', 'consent_withdrawn', 'ended']),
    drafts: z.boolean().meta({ description: 'Whether mails go out by drafts, each exactly once.' }),
    shared: z.boolean().meta({ description: 'Whether shared mailboxes can be sent from.' }),
    since: z.iso.datetime(),
    until: z.iso.datetime().meta({ description: 'It ends then at the latest, or after 30 days unused.' }),
    usedAt: z.iso.datetime(),
  })
  .meta({ id: 'Mailbox' })

const Attempt = z.object({
  grant: GrantId,
  outcome: z.enum([
    'open',
    'redeeming',
    'done',
    'expired',
    'another_account',
    'not_fresh',
    'declined',
    'admin_consent_needed',
    'blocked_by_policy',
    'not_accepted',
    'unavailable',
    'ended',
  ]),
  drafts: z.boolean().meta({ description: 'Whether it asked for drafts: an administrator has to agree to the same.' }),
  shared: z.boolean().meta({ description: 'Whether it asked for shared mailboxes.' }),
  at: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})

const common = { clients, params: none, query: none } as const
const telling = { ...common, method: 'POST', perMinute: 10, bodyLimit: 4 * 1024 } as const

/** Routes by which somebody lets us send from their mailbox, sees that, and ends it. Pages of return are no part of it. */
export const mailboxes = {
  begin_mailbox_grant: route({
    ...telling,
    path: 'mailboxes/grants',
    summary:
      'Begins to allow sending from the mailbox of the signed-in person: opens a sign-in page, good for one return.',
    body: z.strictObject({
      drafts: Drafts,
      shared: z.boolean().default(false).meta({ description: 'Also from mailboxes that are shared with the person.' }),
      loginHint: z.email().max(320).nullable().default(null).meta({ description: 'Address to suggest on that page.' }),
    }),
    answer: z.object({ grantId: GrantId, signInUrl: Link, expiresAt: z.iso.datetime() }),
    refusals: [],
  }),
  list_mailboxes: route({
    ...common,
    method: 'GET',
    path: 'mailboxes',
    summary: 'The mailbox of the signed-in person if it may be sent from, and what became of the last sign-in for it.',
    body: z.undefined(),
    bodyLimit: 0,
    // A page that waits for a sign-in asks every few seconds.
    perMinute: 60,
    answer: z.object({ mailboxes: z.array(MailboxView), lastAttempt: Attempt.nullable() }),
    refusals: [],
  }),
  end_mailbox_grant: route({
    ...common,
    method: 'DELETE',
    isStop: true,
    path: 'mailboxes/grants/{grantId}',
    summary: 'Ends a grant, or a sign-in that is not finished. Nothing is sent any more; asking again changes nothing.',
    params: z.object({ grantId: GrantId }),
    body: z.undefined(),
    bodyLimit: 0,
    perMinute: 20,
    answer: z.object({ grant: GrantId, state: z.literal('ended') }),
    refusals: ['not_found'],
  }),
  ask_admin_consent: route({
    ...telling,
    path: 'mailboxes/admin-consent',
    summary: "A page where an administrator of the person's organisation agrees, and a text to forward with it.",
    body: z.strictObject({ drafts: Drafts, shared: z.boolean().default(false) }),
    answer: z.object({ url: Link, subject: z.string(), text: z.string() }),
    refusals: ['not_allowed'],
  }),
}
