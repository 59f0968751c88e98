import { tenants } from '../../infra/local/identity/cast.ts'
import { aMember, type People } from '../kit/people.ts'

const ADDRESSES_PER_CALL = 90

/** How a company's first Monday went. Times in ms. */
export interface Monday {
  /** What the look-ups answered, each kind once. */
  answers: string[]
  /** Seats that were not bound to their account within a minute. */
  unbound: number
  boundAfter: number
  assignmentTook: number
}

/** A whole company looks up for the first time at once, while its administrator assigns one more. */
export async function monday(people: People, staffCount: number): Promise<Monday> {
  const subscriptionId = await people.grant('olivia', staffCount + 1)
  const staff = Array.from({ length: staffCount }, (_, n) => aMember(tenants.contoso.id, `m${n}@contoso.example`))
  for (let at = 0; at < staffCount; at += ADDRESSES_PER_CALL) {
    const some = staff.slice(at, at + ADDRESSES_PER_CALL).map(({ upn }) => upn)
    await people.assign('olivia', subscriptionId, some)
  }
  await Promise.all(staff.map((person) => people.tokenOf(person)))
  const began = performance.now()
  const lookUps = Promise.all(staff.map((person) => people.lookUp(person)))
  const assigned = await people.assign('olivia', subscriptionId, ['late@contoso.example'])
  if (assigned.status !== 200) throw new Error(`the assignment was answered ${assigned.status}`)
  const assignmentTook = Math.round(performance.now() - began)
  const answers = new Set((await lookUps).map(({ status, json }) => `${status} ${json.code ?? json.title}`))
  const unbound = await waitUntilBound(people, subscriptionId, began + 60_000)
  return { answers: [...answers], unbound, boundAfter: Math.round(performance.now() - began), assignmentTook }
}

async function waitUntilBound(people: People, subscriptionId: string, until: number): Promise<number> {
  const path = `/api/subscriptions/${subscriptionId}/seats?state=assigned&limit=200`
  for (;;) {
    // The late one has not looked up yet.
    const waiting = (await people.ask('olivia', 'GET', path)).json.seats.length - 1
    if (waiting === 0 || performance.now() > until) return waiting
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
