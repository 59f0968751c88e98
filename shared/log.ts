import { version } from './version.ts'

/** Every kind of line that the services log. Saved queries and alerts name them; they are only ever added. */
export type LogEvent =
  | 'request_refused'
  | 'request_failed'
  | 'looked_up'
  | 'hints_crowded'
  | 'seat_used'
  | 'use_not_told'
  | 'binding_refused'
  | 'command_done'
  | 'switch_stands'
  | 'parked'
  | 'put_off'
  | 'expired'
  | 'wake_not_sent'
  | 'event_refused'
  | 'event_ignored'
  | 'event_stored'
  | 'purchase_ignored'
  | 'purchase_settled'
  | 'purchases_swept'
  | 'purchases_walked'
  | 'mailboxes_swept'
  | 'store_restored'
  | 'campaigns_tidied'
  | 'sent_while_stopped'
  | 'customer_shared'
  | 'campaign_stalled'
  | 'grant_foreign'
  | 'grant_made'
  | 'grant_lost'
  | 'grant_ended'
  | 'notice_not_sent'
  | 'signed_in'
  | 'sign_in_refused'
  | 'signed_out'
  | 'page_blocked'

/** The only fields a line may have. Ids, codes and counts: never a token, an address or text from outside (F36). */
export interface LogFields {
  service?: string
  route?: string
  requestId?: string
  messageId?: string
  code?: string
  reason?: string
  subscriptionId?: string
  seatId?: string
  /** Hash of an account. */
  account?: string
  command?: string
  /** Whom a purchase event is about: a mode and an id of the seller. */
  about?: string
  /** Type of a purchase event, of a closed list. */
  type?: string
  events?: number
  compared?: number
  ended?: number
  mended?: number
  looked?: number
  queue?: string
  /** Id of an event, as the seller shows it. */
  eventId?: string
  outcome?: string
  /** Key of a mailbox: a hash. */
  mailbox?: string
  mailboxes?: number
  campaign?: string
  reads?: number
  switch?: string
  on?: boolean
  /** Since when a switch stands so; null for one that was never set. */
  since?: string | null
  /** The answer of a command: counts, codes and ids. */
  result?: Record<string, unknown>
  /** Which version wrote the line: `log` says it, whatever it is given. */
  version?: string
}

/** Whoever takes lines: the invocation's context in Azure and on one machine alike. */
export interface LogSink {
  info(line: string): void
  warn(line: string): void
  error(line: string): void
}

/** Writes one line of JSON, which ends with the version that wrote it. */
export function log(sink: LogSink, level: 'info' | 'warn' | 'error', event: LogEvent, fields: LogFields): void {
  sink[level](JSON.stringify({ event, ...fields, version }))
}

/** What may be told of a fault: its kind and where it came from, never its message, which can hold anybody's data. */
export function faultReason(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  // The stack repeats the message, which could look like a place.
  const stack = (error.stack ?? '').replace(error.message, '')
  const at = /^ +at .*?([\w.-]+\.(?:c?js|ts):\d+)/m.exec(stack)?.[1] ?? 'unknown place'
  const code = /^[\w.-]{1,40}$/.exec(String((error as { code?: unknown }).code ?? ''))?.[0] ?? 'no code'
  return `${error.name} (${code}) at ${at}`
}
