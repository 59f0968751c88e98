import { CosmosClient } from '@azure/cosmos'
import type { HttpHandler } from '@azure/functions'
import { SEATS_PER_CALL, seatIdOf } from '@securemailmerge/shared/licensing/seats'
import { seatItem } from '@securemailmerge/shared/licensing/subscription'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { lookUpLicence } from '../../functions/licence-lookup/look-up-licence.ts'
import { wiring } from '../../functions/licence-lookup/wiring.ts'
import { localClientIds, tenants } from '../../infra/local/identity/cast.ts'
import type { Person } from '../../infra/local/identity/person.ts'
import { invoke } from '../kit/invoke.ts'
import { aMember, type People } from '../kit/people.ts'
import { type Ask, sideBySide } from './measure.ts'
import { peer } from './peer.ts'

/** So many that the limit of calls a minute and account is never met. */
const VISITORS = 200

interface Visitor {
  objectId: string
  address: string
  headers: Record<string, string>
}

/** The look-up of licensed people who bring their proof, as a handler and through the host, beside the peer. */
export async function benchLookUp(people: People, pairs: number, milliseconds: number) {
  const subscriptionId = await people.grant('olivia', VISITORS)
  const visitors = await licensedPeople(people, subscriptionId)
  // Without the clock that one machine shares: in Azure there is none to read.
  const { CLOCK_FILE: _local, ...settings } = people.system.settings
  const services = wiring(settings)
  const client = new CosmosClient({ endpoint: people.system.cosmos, key: people.system.settings.COSMOS_KEY as string })
  const app = peer({
    authority: people.system.identity,
    audience: localClientIds.licensingApi,
    subscriptions: client.database(names.database).container('subscriptions'),
    subscriptionId,
    seatItems: new Map(visitors.map(({ objectId, address }) => [objectId, seatItem(seatIdOf(address as never))])),
  })
  let turn = 0
  const next = () => (visitors[turn++ % visitors.length] as Visitor).headers
  const handler = await sideBySide(direct(lookUpLicence(services), next), injected(app, next), pairs, milliseconds)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const hosted = await sideBySide(over(people.system.origin, next), over(address, next), pairs, milliseconds)
  await app.close()
  await services.close()
  client.dispose()
  return { handler, hosted }
}

async function licensedPeople(people: People, subscriptionId: string): Promise<Visitor[]> {
  const members = Array.from({ length: VISITORS }, (_, n) => aMember(tenants.contoso.id, `v${n}@contoso.example`))
  for (let at = 0; at < VISITORS; at += SEATS_PER_CALL) {
    const some = members.slice(at, at + SEATS_PER_CALL).map(({ upn }) => upn)
    await people.assign('olivia', subscriptionId, some)
  }
  const visitors: Visitor[] = []
  for (const member of members) {
    const headers = { authorization: `Bearer ${await people.tokenOf(member)}` }
    const proof = await boundProof(people, member)
    visitors.push({ objectId: member.objectId, address: member.upn, headers: { ...headers, 'licence-proof': proof } })
  }
  return visitors
}

async function boundProof(people: People, member: Person): Promise<string> {
  for (;;) {
    const { json } = await people.lookUp(member)
    // A day's recheck says that the seat is bound; until then the proof is a short one.
    if (json.recheckAfter > 300) return json.proof
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

type Headers = () => Record<string, string>

const direct =
  (handler: HttpHandler, next: Headers): Ask =>
  async () =>
    licensed((await invoke(handler, 'look_up_licence', { method: 'GET', headers: next() })).json)

const injected =
  (app: ReturnType<typeof peer>, next: Headers): Ask =>
  async () =>
    licensed((await app.inject({ method: 'GET', url: '/api/licence', headers: next() })).json())

const over =
  (origin: string, next: Headers): Ask =>
  async () => {
    const response = await fetch(`${origin}/api/licence`, { headers: next() })
    licensed((await response.json()) as { footer?: boolean })
  }

function licensed(answer: { footer?: boolean; title?: string }): void {
  if (answer.footer !== false) throw new Error(`not licensed: ${answer.title ?? 'footer'}`)
}
