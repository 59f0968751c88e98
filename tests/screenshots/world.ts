import { Stage } from '../../infra/local/demo/stage.ts'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import { aMember, type People } from '../kit/people.ts'

/** Subscriptions of a world that pictures are taken of, by what is special about them. */
export type World = Record<'large' | 'over' | 'unpaid' | 'over_for_good' | 'ending' | 'sold' | 'huge', string>

const PER_CALL = 90
const first = 'Anna Ben Chloé Dan Eva Finn Grace Hugo Ines Jan Kira Léo Mia Noah Ola Paul Quinn Rosa Sam Tara'.split(
  ' ',
)
const last =
  'Adam Bauer Clerc Dupont Egger Favre Girard Huber Imhof Jost Keller Lambert Martin Nguyen Olsen Perret'.split(' ')

/** Addresses of people at a domain, each another one. */
const addresses = (count: number, domain: string): string[] =>
  Array.from({ length: count }, (_, index) => {
    const [given, family] = [first[index % first.length], last[Math.floor(index / first.length) % last.length]]
    const round = Math.floor(index / (first.length * last.length))
    return `${given}.${family}${round || ''}@${domain}`
      .normalize('NFD')
      .replaceAll(/[^\w.@-]/g, '')
      .toLowerCase()
  })

async function assign(people: People, to: CastKey, id: string, all: string[]): Promise<void> {
  for (let from = 0; from < all.length; from += PER_CALL) {
    const { status, json } = await people.assign(to, id, all.slice(from, from + PER_CALL))
    if (status !== 200) throw new Error(`assign: ${status} ${json?.title}`)
  }
}

/** Somebody buys, and it has arrived. */
async function buy(stage: Stage, who: CastKey, name: string, quantity: number, interval = 'monthly') {
  const wish = { name, quantity, interval, reference: `PO-${1000 + quantity}` }
  const { body } = await stage.call(who, 'POST', '/api/purchases/checkout', wish)
  const seller = await stage.atSeller('pay', String(body.url).split('/').at(-1))
  let id = ''
  await stage.soon(async () => {
    const { subscription } = (await stage.call(who, 'GET', `/api/purchases/intents/${body.intent}`)).body
    if (!subscription) throw new Error(`${name} has not arrived`)
    id = subscription.id
  })
  return { id, seller: String(seller.id), customer: String(seller.customer) }
}

const until = (stage: Stage, id: string, isSo: (subscription: Record<string, unknown>) => boolean) =>
  stage.soon(async () => {
    const { body } = await stage.call('olivia', 'GET', `/api/subscriptions/${id}`)
    if (!isSo(body)) throw new Error(`still ${JSON.stringify(body)}`)
  })

async function ofOlivia(stage: Stage, people: People): Promise<Omit<World, 'sold' | 'huge'>> {
  const unpaid = await buy(stage, 'olivia', 'Contoso workshops', 5)
  await assign(people, 'olivia', unpaid.id, addresses(3, 'workshops.example'))
  await stage.atSeller('setCard', unpaid.customer, 'declines')
  // A month and a few hours: the next payment has failed by then, and its days of grace still run.
  stage.advance(32)
  people.advance(0)
  await until(stage, unpaid.id, ({ state }) => state === 'past_due')

  const large = await buy(stage, 'olivia', 'Contoso', 400, 'yearly')
  await assign(people, 'olivia', large.id, ['amir@contoso.example', ...addresses(379, 'contoso.example')])
  const over = await buy(stage, 'olivia', 'Contoso events', 12)
  await assign(people, 'olivia', over.id, addresses(12, 'events.example'))
  await stage.atSeller('setQuantity', over.seller, 9)
  const gone = await buy(stage, 'olivia', 'Contoso trade fair', 3)
  await assign(people, 'olivia', gone.id, addresses(3, 'fair.example'))
  await stage.atSeller('cancelNow', gone.seller)
  const ending = await buy(stage, 'olivia', 'Contoso interns', 20)
  await stage.call('olivia', 'POST', `/api/purchases/subscriptions/${ending.id}/cancel`, {})
  await until(stage, over.id, ({ overQuantity }) => overQuantity === 3)
  await until(stage, gone.id, ({ state }) => state === 'ended')
  return { large: large.id, over: over.id, unpaid: unpaid.id, over_for_good: gone.id, ending: ending.id }
}

/** Some use theirs, some are withdrawn, handed on or assigned anew: a history as a real one. */
async function lived(people: People, id: string): Promise<void> {
  await people.lookUp('amir')
  for (const mail of addresses(379, 'contoso.example')
    .slice(-40)
    .filter((_, index) => index % 4 > 0))
    await people.lookUp(aMember(cast.amir.tenantId, mail))
  const path = `/api/subscriptions/${id}/seats`
  const seat = async (prefix: string) => {
    const { json } = await people.ask('olivia', 'GET', `${path}?prefix=${prefix}&limit=1`)
    return String(json.seats[0].id)
  }
  await people.withdraw('olivia', id, [await seat('tara.adam'), await seat('sam.adam')])
  await people.ask('olivia', 'POST', `${path}/${await seat('rosa.adam')}/hand-on`, {
    body: { address: 'nora.new@contoso.example' },
  })
  await people.ask('olivia', 'POST', `/api/subscriptions/${id}/details`, {
    body: { contact: 'IT service desk, telephone 4711' },
  })
}

/** A subscription of Rita's with more licences than a screen ever shows, all assigned; answers its id. */
export async function hugeSubscription(people: People, licences: number): Promise<string> {
  const huge = await people.grant('rita', licences + 40, { name: 'Litware', reference: 'framework 2026' })
  await assign(people, 'rita', huge, addresses(licences, 'litware.example'))
  return huge
}

/** One reseller's many subscriptions, and one with more licences than a screen ever shows. */
async function ofRita(people: People, subscriptions: number, licences: number): Promise<Pick<World, 'sold' | 'huge'>> {
  const huge = await hugeSubscription(people, licences)
  const many = Array.from({ length: subscriptions - 1 }, (_, index) => index)
  let sold = ''
  const make = async (index: number) => {
    const name = `${last[index % last.length]} & ${first[index % first.length]} ${index + 1}`
    sold = await people.grant('rita', 1 + (index % 60), { name, reference: `K-${10_000 + index}` })
  }
  for (let from = 0; from < many.length; from += 20) await Promise.all(many.slice(from, from + 20).map(make))
  return { sold, huge }
}

/** Makes people, what they bought and what they did with it. */
export async function makeWorld(people: People, { subscriptions = 500, licences = 5_000 } = {}): Promise<World> {
  const stage = new Stage(people.system)
  const own = await ofOlivia(stage, people)
  await lived(people, own.large)
  return { ...own, ...(await ofRita(people, subscriptions, licences)) }
}
