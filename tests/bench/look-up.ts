import { CosmosClient } from '@azure/cosmos'
import type { HttpHandler } from '@azure/functions'
import { seatIdOf } from '@securemailmerge/shared/licensing/seats'
import { seatItem } from '@securemailmerge/shared/licensing/subscription'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { lookUpLicence } from '../../functions/licence-lookup/look-up-licence.ts'
import { wiring } from '../../functions/licence-lookup/wiring.ts'
import { localClientIds } from '../../infra/local/identity/cast.ts'
import { invoke } from '../kit/invoke.ts'
import type { People } from '../kit/people.ts'
import { type Ask, sideBySide } from './measure.ts'
import { peer } from './peer.ts'

const ADDRESS = 'amir@contoso.example'

/** The look-up of a licensed person who brings a proof, as a handler and through the host, beside the peer. */
export async function benchLookUp(people: People, pairs: number, milliseconds: number) {
  const subscriptionId = await people.grant('olivia', 10)
  await people.assign('olivia', subscriptionId, [ADDRESS])
  const proof = await boundProof(people)
  const services = wiring(people.system.settings)
  services.frame.limits.take = () => {}
  const token = await people.tokenOf('amir')
  const client = new CosmosClient({ endpoint: people.system.cosmos, key: people.system.settings.COSMOS_KEY as string })
  const app = peer({
    authority: people.system.identity,
    audience: localClientIds.licensingApi,
    subscriptions: client.database(names.database).container('subscriptions'),
    subscriptionId,
    seatItem: seatItem(seatIdOf(ADDRESS as never)),
  })
  const headers = { authorization: `Bearer ${token}`, 'licence-proof': proof }
  const handler = await sideBySide(
    direct(lookUpLicence(services), headers),
    injected(app, headers),
    pairs,
    milliseconds,
  )
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const hosted = await sideBySide(over(people.system.origin, headers), over(address, headers), pairs, milliseconds)
  await app.close()
  await services.close()
  client.dispose()
  return { handler, hosted }
}

async function boundProof(people: People): Promise<string> {
  for (;;) {
    const { json } = await people.lookUp('amir')
    // A day's recheck says that the seat is bound; until then the proof is a short one.
    if (json.recheckAfter > 300) return json.proof
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const direct =
  (handler: HttpHandler, headers: Record<string, string>): Ask =>
  async () => {
    const { json } = await invoke(handler, 'look_up_licence', { method: 'GET', headers })
    licensed(json)
  }

const injected =
  (app: ReturnType<typeof peer>, headers: Record<string, string>): Ask =>
  async () =>
    licensed((await app.inject({ method: 'GET', url: '/api/licence', headers })).json())

const over =
  (origin: string, headers: Record<string, string>): Ask =>
  async () => {
    const response = await fetch(`${origin}/api/licence`, { headers })
    licensed((await response.json()) as { footer?: boolean })
  }

function licensed(answer: { footer?: boolean; title?: string }): void {
  if (answer.footer !== false) throw new Error(`not licensed: ${answer.title ?? 'footer'}`)
}
