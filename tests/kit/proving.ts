import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ProofClaims, Proofs, subjectOf } from '@securemailmerge/shared/identity/proof'
import { exportJWK, generateKeyPair } from 'jose'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'

/** The public address, as far as it publishes the keys of licence proofs; and proofs by those keys, or by others. */
export async function startProving(now: () => Date) {
  const server: Server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const fresh = async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    return new Proofs(origin, await exportJWK(privateKey))
  }
  const [ours, forged] = [await fresh(), await fresh()]
  let asked = 0
  server.on('request', async (_request, response) => {
    asked += 1
    response.setHeader('content-type', 'application/jwk-set+json')
    response.end(JSON.stringify(await ours.jwks()))
  })
  /** What licence-lookup gives somebody who is licensed for 14 days, but for what is said otherwise. */
  const claimsFor = (person: CastKey, more: Partial<ProofClaims> = {}) => {
    const seconds = Math.floor(now().getTime() / 1000)
    const seat = { code: 'licensed', footer: false, subscription: 'sub_1', seat: 'seat_1' }
    return { sub: subjectOf(cast[person]), ...seat, iat: seconds, exp: seconds + 14 * 86_400, ...more }
  }
  return {
    ...{ origin, ours, forged, claimsFor },
    get asked() {
      return asked
    },
    proof: (person: CastKey, more: Partial<ProofClaims> = {}, by = ours) => by.sign(claimsFor(person, more)),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
