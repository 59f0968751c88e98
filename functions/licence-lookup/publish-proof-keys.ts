import type { HttpHandler } from '@azure/functions'
import { corsHeaders } from '@securemailmerge/shared/http/security-headers'
import type { Services } from './wiring.ts'

/** GET /.well-known/jwks.json: the public keys of licence proofs; a client keeps them for seven days at most. */
export const publishProofKeys =
  ({ proofs }: Services): HttpHandler =>
  async () => ({
    headers: {
      ...corsHeaders,
      'Content-Type': 'application/jwk-set+json',
      'Cache-Control': 'public, max-age=86400',
    },
    body: JSON.stringify(await proofs.jwks()),
  })
