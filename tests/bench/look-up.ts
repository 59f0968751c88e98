import { CosmosClient } from '@azure/cosmos'
import { seatItem } from '@securemailmerge/shared/licensing/subscription'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { type cast, localClientIds } from '../../infra/local/identity/cast.ts'
import { startKit } from '../kit/services.ts'
import { type Ask, sideBySide } from './measure.ts'
import { peer } from './peer.ts'

const TOKENS = 200

/** The look-up handler, warm and with every check, beside the peer on the same store; and the reads of each answer. */
export async function benchLookUp(pairs: number, milliseconds: number) {
  const kit = await startKit()
  kit.lookup.frame.limits.take = () => {}
  const subscriptionId = await kit.grant('olivia', 10)
  const address = 'amir@contoso.example'
  const given = await kit.call('assign_seats', {
    as: 'olivia',
    params: { subscriptionId },
    body: { addresses: [address] },
  })
  const { proof } = (await kit.call('look_up_licence', { as: 'amir' })).json
  await kit.settleUses()
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => kit.tokenOf('amir')))
  const client = new CosmosClient({ endpoint: kit.cosmos.endpoint, key: kit.cosmos.key })
  const app = peer({
    authority: kit.identity.authority,
    audience: localClientIds.licensingApi,
    subscriptions: client.database(names.database).container('subscriptions'),
    subscriptionId,
    seatItem: seatItem(given.json.seats[0].seat),
  })
  let next = 0
  const ours: Ask = async () => {
    const { json } = await kit.call('look_up_licence', {
      token: tokens[next++ % TOKENS] as string,
      headers: { 'licence-proof': proof },
    })
    if (json.footer !== false) throw new Error(`ours: ${json.code ?? json.title}`)
  }
  const theirs: Ask = async () => {
    const headers = { authorization: `Bearer ${tokens[next++ % TOKENS]}` }
    const answer = await app.inject({ method: 'GET', url: '/api/licence', headers })
    if (answer.json().footer !== false) throw new Error(`peer: ${answer.body}`)
  }
  const compared = await sideBySide(ours, theirs, pairs, milliseconds)
  const reads = await readsOf(kit, proof)
  await app.close()
  client.dispose()
  await kit.close()
  return { compared, reads }
}

async function readsOf(kit: Awaited<ReturnType<typeof startKit>>, proof: string) {
  const count = async (as: keyof typeof cast, headers = {}) => {
    const { lines } = await kit.call('look_up_licence', { as, headers })
    return Number(/"reads":(\d+)/.exec(lines.join())?.[1])
  }
  return {
    'licensed, with proof': await count('amir', { 'licence-proof': proof }),
    'licensed, without proof': await count('amir'),
    'colleague without a seat': await count('bea'),
    'free user': await count('fred'),
    'no evidence': await count('kimGuest'),
  }
}
