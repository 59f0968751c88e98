import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { StartFailure } from './start-failure.ts'

const Seconds = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'a time as hh:mm:ss')
  .transform((text) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0))

// What the host does not look at may say anything; of what it does, an unknown key is refused by name.
const Schema = z.strictObject({
  version: z.literal('2.0'),
  telemetryMode: z.literal('OpenTelemetry').optional(),
  logging: z.unknown().optional(),
  extensionBundle: z.strictObject({ id: z.string(), version: z.string() }).optional(),
  extensions: z
    .strictObject({
      http: z.strictObject({ routePrefix: z.string().default('api') }).prefault({}),
      serviceBus: z
        .strictObject({
          prefetchCount: z.literal(0).optional(),
          autoCompleteMessages: z.literal(true).optional(),
          maxConcurrentCalls: z.int().positive().default(16),
          maxAutoLockRenewalDuration: Seconds.default(300),
          maxConcurrentSessions: z.int().positive().default(8),
          sessionIdleTimeout: Seconds.default(60),
        })
        .prefault({}),
    })
    .prefault({}),
})

/** What of host.json this host acts on. */
export type HostSettings = {
  /** First segments of every route, without slashes around; may be empty. */
  routePrefix: string
  /** Messages of one queue that are handled at once. */
  maxConcurrentCalls: number
  maxLockRenewalSeconds: number
  /** Sessions of one queue that are open at once, and how long an idle one stays open. */
  maxConcurrentSessions: number
  sessionIdleSeconds: number
}

/** Reads host.json. @throws StartFailure when it is no JSON, or says what this host does not know */
export function readHostJson(path: string): HostSettings {
  const { http, serviceBus } = parsed(path).extensions
  return {
    routePrefix: http.routePrefix.replace(/^\/|\/$/g, ''),
    maxConcurrentCalls: serviceBus.maxConcurrentCalls,
    maxLockRenewalSeconds: serviceBus.maxAutoLockRenewalDuration,
    maxConcurrentSessions: serviceBus.maxConcurrentSessions,
    sessionIdleSeconds: serviceBus.sessionIdleTimeout,
  }
}

function parsed(path: string) {
  try {
    return Schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw new StartFailure(`${path} cannot be used: ${reason}`, { cause: error })
  }
}
