import {
  allowInsecureRequests,
  Configuration,
  type CustomFetch,
  clockSkew,
  clockTolerance,
  customFetch,
} from 'openid-client'
import type { ClientProof } from './client-proof.ts'
import { limitedFetch } from './limited-fetch.ts'

/** How Microsoft is reached as one of our registrations. */
export interface EntraParty {
  authority: string
  clientId: string
  proof: ClientProof
  now: () => Date
}

const TIMEOUT_SECONDS = 10

/**
 * Our registration at a tenant, or at `common`, for openid-client. Made anew for each call: the library keeps a fixed
 * distance to the clock of the machine, and ours can be moved.
 */
export function atTenant(
  { authority, clientId, proof, now }: EntraParty,
  tenantId: string,
  asking: CustomFetch = limitedFetch,
): Configuration {
  const base = `${authority}/${tenantId}`
  const server = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
  }
  const skew = Math.round((now().getTime() - Date.now()) / 1000)
  const config = new Configuration(server, clientId, { [clockSkew]: skew, [clockTolerance]: 60 }, proof)
  config[customFetch] = asking
  config.timeout = TIMEOUT_SECONDS
  // Stand-ins only: settings with an address of http do not start in Azure (F02).
  if (authority.startsWith('http:')) allowInsecureRequests(config)
  return config
}
