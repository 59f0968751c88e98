import * as z from 'zod'
import { ROWS_PER_CALL } from '../../merging/ledger.ts'
import type { RefusalCode } from '../../refusal.ts'
import { type Client, route } from '../contract.ts'
import { CampaignView, PreflightView, ReportLineView } from './campaign-views.ts'

const none = z.object({})
const clients: Client[] = ['addIn', 'portal']
const CampaignId = z.string().regex(/^[\w-]{43}\.[\w-]{22}$/, 'not_a_campaign_id')
const OneCampaign = z.object({ campaignId: CampaignId })
const Position = z.coerce.number().int().min(1).max(100_000)
const OneRow = OneCampaign.extend({ position: Position })
/** As its sender's clock has it: with an offset, or in UTC. */
const Instant = z.iso.datetime({ offset: true })
const Address = z.email().max(254)
const Verdict = z.enum(['sent', 'again'])
const NO_FILES_BYTES = 2 * 1024 * 1024
/** 3 MB of files in base64, and a template. */
const CREATE_BYTES = 7 * 1024 * 1024
/** As it travels: the host holds all of a body before we see it. Packed, 100,000 rows of 2 KB fit. */
const LIST_BYTES = 30 * 1024 * 1024

const headers = {
  'Licence-Proof': 'A proof that has not expired, from licence-lookup: without one mails carry the footer.',
}
const common = { clients, query: none, bodyLimit: NO_FILES_BYTES } as const
const reading = { ...common, method: 'GET', body: z.undefined(), bodyLimit: 0, perMinute: 120 } as const
const acting = { ...common, method: 'POST', params: OneCampaign, perMinute: 60 } as const
const proving = { ...acting, headers } as const

const opening: RefusalCode[] = ['not_found', 'campaign_state', 'too_many_campaigns']

const act = (action: string, summary: string, isStop = false) =>
  route({
    ...acting,
    isStop,
    path: `campaigns/{campaignId}/${action}`,
    summary,
    body: z.strictObject({}),
    answer: CampaignView,
    refusals: isStop ? ['not_found', 'campaign_state'] : opening,
  })

/** Routes of merge-send-queue about campaigns. */
export const campaigns = {
  create_campaign: route({
    ...acting,
    keepsKey: true,
    path: 'campaigns',
    summary: 'Makes a campaign from a template; its list comes next. The same Idempotency-Key gives the same campaign.',
    params: none,
    perMinute: 30,
    headers,
    bodyLimit: CREATE_BYTES,
    body: z.strictObject({
      name: z.string().trim().min(1).max(200),
      subject: z.string().max(998),
      html: z.string().max(1_000_000),
      from: Address.nullable().default(null).meta({ description: 'A shared mailbox to send as.' }),
      mode: z.enum(['draft', 'send']).optional().meta({
        description:
          '`draft`, the default where the grant allows it, sends each mail exactly once. `send` is one call.',
      }),
      language: z.enum(['en', 'fr']).default('en').meta({ description: 'Of the footer.' }),
      attachments: z
        .array(
          z.strictObject({
            name: z.string().min(1).max(255),
            contentType: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'not_a_media_type'),
            base64: z.base64(),
          }),
        )
        .max(20)
        .default([]),
    }),
    answer: CampaignView,
    refusals: ['template_invalid', 'body_too_large', 'too_many_campaigns'],
  }),
  upload_recipients: route({
    ...acting,
    path: 'campaigns/{campaignId}/recipients',
    summary:
      'Stores the list, as JSON lines (`row, to, cc?, bcc?, fields`), gzip or not, and says what to know before the start.',
    perMinute: 20,
    bodyLimit: LIST_BYTES,
    stream: 'application/jsonl',
    headers: { ...headers, 'Content-Encoding': '`gzip`, when it is packed.' },
    body: z.undefined(),
    answer: z.object({ campaign: CampaignView, preflight: PreflightView }),
    refusals: ['not_found', 'campaign_state', 'body_too_large', 'unsupported_media_type'],
  }),
  show_preflight: route({
    ...reading,
    path: 'campaigns/{campaignId}/preflight',
    summary: 'The same again, as it would be now.',
    params: OneCampaign,
    headers,
    answer: PreflightView,
    refusals: ['not_found'],
  }),
  preview_row: route({
    ...reading,
    path: 'campaigns/{campaignId}/rows/{position}/preview',
    summary: 'The mail of one row, by the renderer that sends. An HTML page that is to be shown in a sandbox.',
    params: OneRow,
    headers,
    answer: z.string(),
    renders: { 'text/html': 'A page, for a frame that may run and fetch nothing.' },
    answerHeaders: { 'Mail-Subject': 'Subject of the mail, percent-encoded.' },
    refusals: ['not_found'],
  }),
  send_test: route({
    ...proving,
    path: 'campaigns/{campaignId}/test',
    summary: 'Sends the mail of one row to one address. It counts for the pace and not for the campaign.',
    perMinute: 10,
    body: z.strictObject({ position: z.int().min(1).max(100_000).default(1), to: Address }),
    answer: z.object({ outcome: z.enum(['sent', 'unknown']) }),
    refusals: ['not_found', 'campaign_state', 'not_allowed', 'unavailable'],
  }),
  start_campaign: route({
    ...proving,
    path: 'campaigns/{campaignId}/start',
    summary:
      'Starts at once or at an instant; until its first mail that can be changed. Rows that cannot be sent are left out only when that is said.',
    body: z.strictObject({ at: Instant.nullable().default(null), leaveOut: z.boolean().default(false) }),
    answer: CampaignView,
    refusals: [...opening, 'template_invalid', 'changed_meanwhile', 'not_allowed'],
  }),
  pause_campaign: act('pause', 'Stops before the next mail.', true),
  resume_campaign: act('resume', 'Goes on where it stopped.'),
  cancel_campaign: act('cancel', 'Ends it before the next mail; what was handed over stays sent.', true),
  retry_campaign: act('retry', 'Tries once more what failed for a reason that may have passed.'),
  settle_row: route({
    ...acting,
    path: 'campaigns/{campaignId}/rows/{position}/settle',
    summary:
      'What the sender knows of a mail whose end is unknown: it was sent, or it is to be sent again. May be repeated.',
    params: OneRow,
    body: z.strictObject({ as: Verdict }),
    answer: CampaignView,
    refusals: opening,
  }),
  settle_rows: route({
    ...acting,
    path: 'campaigns/{campaignId}/rows/settle',
    summary: 'The same of several mails, all or none.',
    body: z.strictObject({
      positions: z.array(z.int().min(1).max(100_000)).min(1).max(ROWS_PER_CALL),
      as: Verdict,
    }),
    answer: CampaignView,
    refusals: opening,
  }),
  list_campaigns: route({
    ...reading,
    path: 'campaigns',
    summary: 'The campaigns of the signed-in person, the newest first.',
    params: none,
    answer: z.object({ campaigns: z.array(CampaignView) }),
    refusals: [],
  }),
  show_campaign: route({
    ...reading,
    path: 'campaigns/{campaignId}',
    summary: 'How far it is. Cheap: ask again every few seconds.',
    params: OneCampaign,
    answer: CampaignView,
    refusals: ['not_found'],
  }),
  report_campaign: route({
    ...reading,
    path: 'campaigns/{campaignId}/report',
    summary: 'One line a row, and behind them one for each that was left out: number, address, state, time and reason.',
    params: OneCampaign,
    query: z.object({
      format: z.enum(['jsonl', 'csv']).default('jsonl'),
      after: z.coerce.number().int().min(0).default(0),
    }),
    perMinute: 60,
    answer: ReportLineView,
    renders: {
      'application/jsonl': 'Lines of JSON, each a ReportLine.',
      'text/csv':
        'Columns `row, to, state, at, why, reason, line, about`: `reason` is `why` in words, in the language of the campaign.',
    },
    answerHeaders: { 'Next-After': 'Where the next part begins; absent at the end.' },
    refusals: ['not_found'],
  }),
  delete_campaign: route({
    ...acting,
    method: 'DELETE',
    isStop: true,
    path: 'campaigns/{campaignId}',
    summary: 'Deletes template, list and files of a campaign that is over or not started. Its counts stay 30 days.',
    body: z.undefined(),
    answer: z.object({ campaignId: z.string() }),
    refusals: ['not_found', 'campaign_state'],
  }),
}
