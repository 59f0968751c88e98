import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localClientIds } from './identity/cast.ts'

/** Where the stand-ins of one system are, and what opens them. */
export interface StandIns {
  origin: string
  authority: string
  cosmos: { endpoint: string; key: string }
  /** Connection string. */
  serviceBus: string
  stripe: { api: string; key: string; secret: string }
}

/** The settings of every service on one machine. `data` keeps the proof key; the stand-ins keep their own keys there. */
export function serviceSettings(data: string, { origin, authority, cosmos, serviceBus, stripe }: StandIns) {
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
    PROOF_KEY: proofKey(data),
    STRIPE_API: stripe.api,
    STRIPE_KEY: stripe.key,
    STRIPE_WEBHOOK_SECRET: stripe.secret,
    CLOCK_FILE: clockFile(data),
  }
}

/** The file by which all processes of a system agree on the time. */
export const clockFile = (data: string): string => join(data, 'clock')

/** The private key of licence proofs as JSON (a JWK), made at the first start. */
function proofKey(data: string): string {
  const path = join(data, 'proof-key.json')
  mkdirSync(data, { recursive: true })
  try {
    return readFileSync(path, 'utf8')
  } catch {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = JSON.stringify(privateKey.export({ format: 'jwk' }))
    writeFileSync(path, key, { mode: 0o600, flag: 'wx' })
    return key
  }
}
