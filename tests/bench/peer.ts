import type { Container } from '@azure/cosmos'
import fastify from 'fastify'
import { createRemoteJWKSet, jwtVerify } from 'jose'

/** What the peer is told: where the keys are, who must be named, and which two items make a licence. */
export interface PeerOptions {
  authority: string
  audience: string
  subscriptions: Pick<Container, 'item'>
  subscriptionId: string
  /** Id of the seat item of each object id. */
  seatItems: Map<string, string>
}

/** The look-up as a good team would write it first: fastify, jose, the same two point reads, an unsigned answer. */
export function peer({ authority, audience, subscriptions, subscriptionId, seatItems }: PeerOptions) {
  const keys = createRemoteJWKSet(new URL(`${authority}/common/discovery/v2.0/keys`))
  const app = fastify()
  app.get('/api/licence', async (request, reply) => {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length)
    const { payload } = await jwtVerify(token, keys, { audience, algorithms: ['RS256'], clockTolerance: 60 })
    if (payload.iss !== `${authority}/${payload.tid}/v2.0`) return reply.code(401).send()
    const [seat, subscription] = await Promise.all([
      subscriptions.item(seatItems.get(String(payload.oid)) ?? '', subscriptionId).read(),
      subscriptions.item('subscription', subscriptionId).read(),
    ])
    const licensed = seat.resource?.account?.objectId === payload.oid && subscription.resource?.state === 'active'
    return { footer: !licensed, code: licensed ? 'licensed' : 'free' }
  })
  return app
}
