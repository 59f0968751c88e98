import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { localClientIds } from './identity/cast.ts'

/** Where the stand-ins of one system are, and what opens them. */
export interface StandIns {
  origin: string
  authority: string
  cosmos: { endpoint: string; key: string }
  /** Connection string. */
  serviceBus: string
  stripe: { api: string; key: string; secret: string }
  /** The key by which the page's client proves itself, as JSON (a JWK); absent where nobody signs in on the page. */
  signInKey?: string
  /** For the service that sends. */
  sending?: {
    /** Connection string of Blob Storage. */
    blobs: string
    graph: string
    /** The key by which the client of mailbox grants proves itself, as JSON (a JWK). */
    clientKey: string
  }
}

/** The settings of every service on one machine. `data` keeps the proof key; the stand-ins keep their own keys there. */
export function serviceSettings(data: string, standIns: StandIns) {
  const { origin, authority, cosmos, serviceBus, stripe, sending, signInKey } = standIns
  return {
    STAND_INS: 'on',
    PUBLIC_ORIGIN: origin,
    ENTRA_AUTHORITY: authority,
    COSMOS_ENDPOINT: cosmos.endpoint,
    COSMOS_KEY: cosmos.key,
    SERVICE_BUS: serviceBus,
    LICENSING_API_CLIENT_ID: localClientIds.licensingApi,
    ADD_IN_CLIENT_ID: localClientIds.addIn,
    PORTAL_CLIENT_ID: localClientIds.portal,
    SENDING_API_CLIENT_ID: localClientIds.sendingApi,
    PROOF_KEY: proofKey(data),
    STRIPE_API: stripe.api,
    STRIPE_KEY: stripe.key,
    STRIPE_WEBHOOK_SECRET: stripe.secret,
    GRANT_KEYS: grantKeys(data),
    ...(sending ? { CONTENT: sending.blobs, GRAPH_API: sending.graph, GRANT_CLIENT_KEY: sending.clientKey } : {}),
    ...(signInKey === undefined ? {} : { SIGN_IN_CLIENT_KEY: signInKey }),
    CLOCK_FILE: clockFile(data),
  }
}

/** The file by which all processes of a system agree on the time. */
export const clockFile = (data: string): string => join(data, 'clock')

/** The private key of licence proofs as JSON (a JWK), made at the first start. */
const proofKey = (data: string): string =>
  kept(join(data, 'proof-key.json'), () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return privateKey.export({ format: 'jwk' })
  })

/** The keys that mailbox grants are sealed with, made at the first start. */
const grantKeys = (data: string): string =>
  kept(join(data, 'grant-keys.json'), () => ({
    current: { kty: 'oct', kid: 'local', k: randomBytes(32).toString('base64url') },
  }))

function kept(path: string, make: () => object): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    mkdirSync(dirname(path), { recursive: true })
    const text = JSON.stringify(make())
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
    return text
  }
}
