import * as z from 'zod'

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
  why: z.string().nullable(),
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
})
export type CampaignView = z.output<typeof CampaignView>

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
  emptyFields: z.record(z.string(), Sample),
  badLinks: z.record(z.string(), Sample),
  tooLong: Sample,
  unknownFields: z.array(z.string()),
  bytesPerMail: z.int(),
  secondsAtPace: z.number(),
  fitsToday: z.boolean(),
})
