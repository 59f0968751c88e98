import * as z from 'zod'
import { ownReasons } from '../../merging/campaign.ts'

const Instant = z.iso.datetime()

/** A campaign as its sender sees it. */
export const CampaignView = z.object({
  campaignId: z.string(),
  name: z.string(),
  state: z
    .enum([
      ...(['draft', 'ready', 'scheduled', 'running', 'paused', 'blocked'] as const),
      ...(['completed', 'completed_with_errors', 'cancelled'] as const),
      ...(['waiting', 'waiting_limit', 'needs_sign_in', 'blocked_by_policy', 'consent_withdrawn'] as const),
    ])
    .meta({ description: '`sent` means accepted by Microsoft, not delivered. New states may come.' }),
  why: z
    .string()
    .nullable()
    .meta({ description: `${ownReasons.map((one) => `\`${one}\``).join(', ')}, or a code of Microsoft.` }),
  from: z.string().nullable(),
  mode: z.enum(['draft', 'send']),
  footer: z.boolean().nullable().meta({ description: 'Null until its first mail is due.' }),
  total: z.int(),
  skipped: z.int(),
  counts: z.object({
    sent: z.int(),
    failed: z.int(),
    unknown: z.int(),
    sending: z.int(),
    pending: z.int(),
  }),
  perMinute: z.int().meta({ description: 'Mails of its mailbox in the last minute.' }),
  waitsUntil: Instant.nullable(),
  expectedEnd: Instant.nullable(),
  createdAt: Instant,
  startAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  emptied: z.boolean().meta({
    description: 'Whether its template, list and files are deleted: nothing of it can be sent again.',
  }),
})
export type CampaignView = z.output<typeof CampaignView>

/** One row of a report. */
export const ReportLineView = z
  .object({
    position: z
      .int()
      .nullable()
      .meta({ description: 'Its place among the rows that can be sent; null when it is left out.' }),
    row: z.int().nullable().meta({ description: 'The number that you gave it, where it can be read.' }),
    to: z.string().nullable(),
    state: z.enum(['pending', 'sending', 'sent', 'failed', 'unknown', 'cancelled', 'skipped']),
    at: Instant.nullable(),
    why: z.string().nullable().meta({ description: 'A code of ours or of Microsoft. New ones may come.' }),
    line: z.int().nullable().meta({ description: 'Of what is left out because it is no row: which line of the list.' }),
    about: z.string().nullable().meta({ description: 'Of what is left out: the member, column or field.' }),
  })
  .meta({ id: 'ReportLine' })

const Sample = z.object({ count: z.int(), rows: z.array(z.int()) })
/** What is known of a campaign before its first mail. */
export const PreflightView = z.object({
  lines: z.int().meta({ description: 'Lines of the list; those that can be sent are `mails`.' }),
  mails: z.int(),
  recipients: z.int(),
  invalid: z.object({
    count: z.int(),
    first: z.array(
      z.object({ line: z.int(), row: z.int().nullable(), code: z.string(), about: z.string().nullable() }),
    ),
  }),
  duplicates: Sample,
  emptySubjects: Sample,
  emptyTexts: Sample,
  fallbacks: z.record(z.string(), Sample).meta({ description: 'Fields without a value, where the fallback stands.' }),
  emptyFields: z.record(z.string(), Sample),
  badLinks: z.record(z.string(), Sample),
  tooLong: Sample,
  unknownFields: z.array(z.string()),
  bytesPerMail: z.int(),
  secondsAtPace: z.number(),
  fitsToday: z.boolean().meta({ description: 'With what the mailbox sent in 24 hours, and what runs from it.' }),
  footer: z.boolean().meta({ description: 'Whether its mails would carry the footer, by what was proved until now.' }),
})
