import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod'
import { type Answer, json } from './frame.ts'

const slowMs = 30_000

/** A way in which the token endpoint can fail, for whom, and for how many requests (-1: until cleared). */
export const TokenFault = z.strictObject({
  what: z.enum([
    'invalid_grant',
    'interaction_required',
    'policy',
    'consent_required',
    'another_account',
    'status',
    'down',
    'slow',
  ]),
  /** Absent: both. */
  grant: z.enum(['authorization_code', 'refresh_token']).optional(),
  /** Key in the cast; absent: everybody. */
  person: z.string().optional(),
  times: z.number().int().min(-1).default(-1),
  /** A claims challenge that comes with a refusal. A sign-in that brings it along ends the fault. */
  claims: z.string().optional(),
  /** Of `another_account`: whose tokens are given instead, a key in the cast. */
  as: z.string().optional(),
  /** Of `status`. */
  status: z.number().int().min(400).max(599).default(503),
})
/** A `TokenFault` as callers write it. */
export type TokenFault = z.input<typeof TokenFault>
type Kept = z.output<typeof TokenFault>

/** What the token endpoint makes of a fault: an answer instead of tokens, tokens of somebody else, or nothing. */
export type Failing = { answer: Answer } | { as: string } | undefined

/** The faults of the token endpoint: any number, the first that fits is taken. */
export class TokenFaults {
  #faults: Kept[] = []
  readonly #now: () => Date
  readonly #closing = new AbortController()

  constructor(now: () => Date) {
    this.#now = now
  }

  add(fault: TokenFault): void {
    this.#faults.push(TokenFault.parse(fault))
  }

  clear(): void {
    this.#faults = []
  }

  /** A sign-in has brought along a claims challenge: what asked for it is content. */
  answered(person: string, claims: string | undefined): void {
    if (claims === undefined) return
    const isOver = (fault: Kept) => fault.claims === claims && (fault.person ?? person) === person
    this.#faults = this.#faults.filter((fault) => !isOver(fault))
  }

  async take(grant: Kept['grant'], person: string): Promise<Failing> {
    const fits = (one: Kept) => (one.grant ?? grant) === grant && (one.person ?? person) === person && one.times !== 0
    const fault = this.#faults.find(fits)
    if (!fault) return undefined
    if (fault.times > 0) fault.times -= 1
    if (fault.what === 'another_account') return { as: fault.as ?? (person === 'amir' ? 'bea' : 'amir') }
    // Real time: the client's own time-out is what this is for.
    if (fault.what === 'slow') await wait(slowMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    return { answer: broken(fault, this.#now()) }
  }

  /** Ends waiting answers. */
  close(): void {
    this.#closing.abort()
  }
}

function broken({ what, status, claims }: Kept, now: Date): Answer {
  if (what === 'down') return 'cut'
  const [error, code, sentence, suberror] = refusals[what] ?? []
  if (error === undefined) return json(status, { error: 'temporarily_unavailable' })
  return entraError(now, { error, code: code ?? 0, sentence: sentence ?? '', suberror, claims })
}

const refusals: Partial<Record<Kept['what'], [error: string, code: number, sentence: string, suberror?: string]>> = {
  invalid_grant: ['invalid_grant', 50173, 'The provided grant has expired due to it being revoked.', 'bad_token'],
  interaction_required: [
    'interaction_required',
    50076,
    'Due to a configuration change made by your administrator you must use multi-factor authentication.',
    'basic_action',
  ],
  policy: ['invalid_grant', 53003, 'Access has been blocked by Conditional Access policies.', 'message_only'],
  consent_required: ['invalid_grant', 65001, 'The user or administrator has not consented.', 'consent_required'],
}

interface EntraError {
  error: string
  code: number
  sentence: string
  suberror?: string | undefined
  claims?: string | undefined
}

/** A refusal of the token endpoint in Entra's full shape. */
export const entraError = (now: Date, { error, code, sentence, suberror, claims }: EntraError): Answer =>
  json(400, {
    error,
    error_description: `AADSTS${code}: ${sentence}`,
    error_codes: [code],
    timestamp: now.toISOString().replace('T', ' ').replace(/\.\d+/, ''),
    trace_id: randomUUID(),
    correlation_id: randomUUID(),
    ...(suberror === undefined ? {} : { suberror }),
    ...(claims === undefined ? {} : { claims }),
  })
