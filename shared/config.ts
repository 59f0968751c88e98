import { readFileSync } from 'node:fs'
import type { JWK } from 'jose'
import * as z from 'zod'
import { KeyRing } from './merging/sealing.ts'
import { refuseUnsafe } from './unsafe-settings.ts'

/** The services, each a Function App. */
export type Service = 'licence-lookup' | 'seat-assignment' | 'purchase-webhooks' | 'merge-send-queue' | 'licence-portal'

const everywhere = ['FRONT_DOOR_ID', 'PUBLIC_ORIGIN', 'COSMOS_ENDPOINT', 'ADD_IN_CLIENT_ID', 'PORTAL_CLIENT_ID']
const common = [...everywhere, 'LICENSING_API_CLIENT_ID']

/** Settings that each service needs; Bicep gives it these, a test compares. `AZURE_CLIENT_ID` names its identity. */
export const settingsOf: Record<Service, string[]> = {
  'licence-lookup': [...common, 'SERVICE_BUS', 'PROOF_KEY', 'PROOF_OTHER_KEYS'],
  'seat-assignment': [...common, 'SERVICE_BUS'],
  'purchase-webhooks': [...common, 'SERVICE_BUS', 'STRIPE_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_PREVIOUS_SECRET'],
  'merge-send-queue': [...everywhere, 'SENDING_API_CLIENT_ID', 'SERVICE_BUS', 'CONTENT', 'GRANT_KEYS'],
  'licence-portal': everywhere,
}

const ENTRA = 'https://login.microsoftonline.com'
const guid = z.guid().transform((text) => text.toLowerCase())
const json = <T extends z.ZodType>(schema: T) =>
  z.string().transform((text, context) => {
    try {
      return schema.parse(JSON.parse(text))
    } catch {
      context.addIssue({ code: 'custom', message: 'is not the expected JSON' })
      return z.NEVER
    }
  })
const Jwk = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
})

const WebhookSecret = z.string().regex(/^whsec_\S{24,}$/, 'must be the secret of a webhook end point')

const fields = {
  FRONT_DOOR_ID: guid.optional(),
  PUBLIC_ORIGIN: z.url().transform((url) => new URL(url).origin),
  COSMOS_ENDPOINT: z.url(),
  LICENSING_API_CLIENT_ID: guid,
  SENDING_API_CLIENT_ID: guid,
  ADD_IN_CLIENT_ID: guid,
  PORTAL_CLIENT_ID: guid,
  PROOF_KEY: json(Jwk.extend({ d: z.string() })),
  // They are read by whoever may see settings: of a private one anybody could make proofs.
  PROOF_OTHER_KEYS: json(z.array(Jwk.refine((key) => !('d' in key), 'must be public'))).default([]),
  // Restricted keys only: a full one refunds, pays out and reads all customers (F41).
  STRIPE_KEY: z.string().regex(/^rk_(live|test)_\w{20,}$/, 'must be a restricted key'),
  STRIPE_WEBHOOK_SECRET: WebhookSecret,
  STRIPE_PREVIOUS_SECRET: json(z.strictObject({ secret: WebhookSecret, until: z.iso.datetime() })).optional(),
  GRANT_KEYS: json(KeyRing),
}

type Settings = { [Name in keyof typeof fields]: z.output<(typeof fields)[Name]> }

/** How the seller is reached, and what its events are signed with. */
export interface StripeConfig {
  key: string
  mode: 'live' | 'test'
  /** Where a stand-in answers; null is Stripe itself. */
  api: URL | null
  secrets: { secret: string; until: Date | null }[]
}

/** What sending needs, for the one service that does it. */
export interface SendingConfig {
  /** Seals mailbox grants (F24). */
  keys: KeyRing
  /** Where content is kept: the blob end point of the service's own storage account, or a stand-in's. */
  content: { endpoint: string } | { connectionString: string }
  /** Where a stand-in of Microsoft Graph answers; null is Microsoft itself. */
  graph: URL | null
  /** The key by which the service proves who it is at a stand-in of Entra; null in Azure, where its identity does. */
  clientKey: JWK | null
}

/** What signing in needs, for the one service where people do it. */
export interface SignInConfig {
  /** The key by which the service proves who it is at a stand-in of Entra; null in Azure, where its identity does. */
  clientKey: JWK | null
}

/** What a service knows of the world, checked. Only here does code learn whether stand-ins are allowed. */
export interface Config {
  origin: string
  authority: string
  audience: string
  clients: { addIn: string; portal: string }
  cosmos: { endpoint: string; key: string | null }
  serviceBus: { namespace: string } | { connectionString: string } | null
  managedIdentityClientId: string | null
  /** Which Front Door requests must come through; null on one machine, where there is none. */
  frontDoorId: string | null
  proofKey: JWK | null
  proofOtherKeys: JWK[]
  /** The seller, for the one service that talks to it. */
  stripe: StripeConfig | null
  sending: SendingConfig | null
  signIn: SignInConfig | null
  /** The clock; it can be moved on one machine only. */
  now: () => Date
  /** How many times faster than real time waits pass, for tests on one machine; 1 everywhere else. */
  rate: number
}

/**
 * Reads the settings of a service, all or nothing. Production is the default and needs no address of an outside party.
 * @throws Error that names every setting that is missing or unsafe, never a value
 */
export function readConfig(service: Service, given: NodeJS.ProcessEnv = process.env): Config {
  // Core Tools and the portal write a setting that is not set as an empty text.
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
  const standIns = refuseUnsafe(service, env, settingsOf[service].includes('SERVICE_BUS'))
  const needed = settingsOf[service].filter((name) => name in fields) as (keyof typeof fields)[]
  const shape = Object.fromEntries(needed.map((name) => [name, fields[name]]))
  const result = z.object(shape).safeParse(env)
  if (!result.success) {
    const wrong = [...new Set(result.error.issues.map(({ path, message }) => `${String(path[0])} (${message})`))]
    throw new Error(`${service} cannot start. Wrong settings: ${wrong.join(', ')}.`)
  }
  const set = result.data as Settings
  return {
    origin: set.PUBLIC_ORIGIN,
    authority: standIns ? (env.ENTRA_AUTHORITY ?? ENTRA) : ENTRA,
    audience: set.SENDING_API_CLIENT_ID ?? set.LICENSING_API_CLIENT_ID ?? set.PORTAL_CLIENT_ID,
    clients: { addIn: set.ADD_IN_CLIENT_ID, portal: set.PORTAL_CLIENT_ID },
    cosmos: {
      endpoint: set.COSMOS_ENDPOINT,
      key: (standIns && env.COSMOS_KEY) || null,
    },
    serviceBus: serviceBusOf(env, standIns),
    managedIdentityClientId: env.AZURE_CLIENT_ID ?? null,
    frontDoorId: set.FRONT_DOOR_ID ?? null,
    proofKey: (set.PROOF_KEY as JWK | undefined) ?? null,
    proofOtherKeys: (set.PROOF_OTHER_KEYS as JWK[] | undefined) ?? [],
    stripe: stripeOf(set, standIns ? env.STRIPE_API : undefined),
    sending: set.GRANT_KEYS ? sendingOf(service, set.GRANT_KEYS, env, standIns) : null,
    signIn: service === 'licence-portal' ? { clientKey: keyOf(standIns && env.SIGN_IN_CLIENT_KEY) } : null,
    now: clock(standIns ? env.CLOCK_FILE : undefined),
    rate: (standIns && Number(env.CLOCK_RATE)) || 1,
  }
}

function stripeOf(set: Settings, api: string | undefined): StripeConfig | null {
  const { STRIPE_KEY: key, STRIPE_WEBHOOK_SECRET: secret, STRIPE_PREVIOUS_SECRET: previous } = set
  if (!key) return null
  return {
    key,
    mode: key.startsWith('rk_live_') ? 'live' : 'test',
    api: api === undefined ? null : new URL(api),
    secrets: [
      { secret, until: null },
      ...(previous ? [{ secret: previous.secret, until: new Date(previous.until) }] : []),
    ],
  }
}

function sendingOf(service: Service, keys: KeyRing, env: NodeJS.ProcessEnv, standIns: boolean): SendingConfig {
  const { CONTENT: connectionString, CONTENT__blobServiceUri: endpoint, GRAPH_API: graph, GRANT_CLIENT_KEY: key } = env
  const content = standIns && connectionString ? { connectionString } : endpoint ? { endpoint } : null
  if (!content) throw new Error(`${service} cannot start. Wrong settings: CONTENT__blobServiceUri (missing).`)
  return {
    keys,
    content,
    graph: standIns && graph ? new URL(graph) : null,
    clientKey: keyOf(standIns && key),
  }
}

const keyOf = (key: string | false | undefined): JWK | null => (key ? (JSON.parse(key) as JWK) : null)

function serviceBusOf(env: NodeJS.ProcessEnv, standIns: boolean): Config['serviceBus'] {
  if (standIns && env.SERVICE_BUS) return { connectionString: env.SERVICE_BUS }
  const namespace = env.SERVICE_BUS__fullyQualifiedNamespace
  return namespace ? { namespace } : null
}

/** Real time; on one machine, real time and the offset that the supervisor wrote. */
function clock(file: string | undefined): () => Date {
  if (!file) return () => new Date()
  return () => {
    try {
      return new Date(Date.now() + (Number(readFileSync(file, 'utf8')) || 0))
    } catch {
      return new Date()
    }
  }
}
