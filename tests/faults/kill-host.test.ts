import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, People } from '../kit/people.ts'

let people: People
beforeAll(async () => {
  people = await People.start()
})
afterAll(() => people.stop())

const store = (path: string, method = 'GET', body?: unknown) =>
  fetch(`${people.system.cosmos}/_local/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
type How = { after?: true; outlivesClient?: true }
const hold = (container: string, operation: string, how: How = {}) =>
  store('faults', 'POST', { match: { container, operation }, times: 1, do: { hold: true, ...how } })
const held = async () => (await (await store('held')).json()) as unknown[]
const untilHeld = async () => {
  while ((await held()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
}
const items = async (container: string) =>
  (await (await store(`items?container=${container}`)).json()) as Record<string, unknown>[]
const ofKind = async (subscriptionId: string, kind: string) =>
  (await items('subscriptions')).filter((item) => item.subscriptionId === subscriptionId && item.kind === kind)

afterEach(async () => {
  await store('faults', 'DELETE')
  await store('release', 'POST', {})
})

interface Step {
  name: string
  /** The request that is on its way when the host dies. */
  container: 'subscriptions' | 'directory'
  operation: 'batch' | 'upsert'
  how: How
  /** When it reaches the store, if it does. */
  arrives: 'never' | 'before the death' | 'before the repeat' | 'after the repeat'
  /** Seats in the store while the host is dead: before the request arrives, and after. */
  seats: [number, number]
}
const batch = { container: 'subscriptions', operation: 'batch' } as const
const hint = { container: 'directory', operation: 'upsert' } as const
const late = { outlivesClient: true } as const

/** Where the host dies during one assignment, and what becomes of the request that is then on its way. */
const steps: Step[] = [
  { name: 'before the batch, which never arrives', ...batch, how: {}, arrives: 'never', seats: [0, 0] },
  { name: 'before the batch, which arrives late', ...batch, how: late, arrives: 'before the repeat', seats: [0, 1] },
  {
    name: 'before the batch, which the repeat overtakes',
    ...batch,
    how: late,
    arrives: 'after the repeat',
    seats: [0, 0],
  },
  {
    name: 'after the batch, before its answer',
    ...batch,
    how: { after: true },
    arrives: 'before the death',
    seats: [1, 1],
  },
  { name: 'before the hint, which never arrives', ...hint, how: {}, arrives: 'never', seats: [0, 0] },
  { name: 'before the hint, which arrives late', ...hint, how: late, arrives: 'before the repeat', seats: [0, 0] },
  {
    name: 'before the hint, which the repeat overtakes',
    ...hint,
    how: late,
    arrives: 'after the repeat',
    seats: [0, 0],
  },
]

describe('kill -9 of the host', () => {
  it.each(steps)('$name: nothing is lost and the repeat answers the same', async (step) => {
    const subscriptionId = await people.grant('olivia', 2, { name: step.name })
    const path = `/api/subscriptions/${subscriptionId}/seats`
    const mail = `${step.name.replaceAll(/[ ,]+/g, '.')}@contoso.example`
    const assign = () =>
      people.ask('olivia', 'POST', path, {
        body: { addresses: [mail] },
        headers: { 'Idempotency-Key': step.name.replaceAll(/[ ,]+/g, '-') },
      })
    const seats = async () => (await ofKind(subscriptionId, 'seat')).length
    const arrive = async () => expect(await (await store('release', 'POST', {})).json()).toEqual({ released: 1 })

    await hold(step.container, step.operation, step.how)
    const dying = assign().catch(() => undefined)
    await untilHeld()
    await people.system.host.kill('SIGKILL')
    expect(await seats()).toBe(step.seats[0])
    if (step.arrives === 'before the repeat') await arrive()
    expect(await seats()).toBe(step.seats[1])
    await people.system.host.restart()
    const first = (await dying) as Answer | undefined
    expect(first?.status).not.toBe(200)
    const repeat = await assign()
    if (step.arrives === 'after the repeat') await arrive()
    expect(await held()).toEqual([])
    expect(repeat.json).toMatchObject({ quantity: 2, assigned: 1, seats: [{ address: mail, outcome: 'assigned' }] })
    expect((await assign()).json).toEqual(repeat.json)
    expect(await seats()).toBe(1)
    expect((await ofKind(subscriptionId, 'history')).map(({ did }) => did).sort()).toEqual(['assigned', 'granted'])
  })

  it('while a command or a use is handled: the message comes again', async () => {
    const subscriptionId = await people.grant('olivia', 2, { name: 'Messages' })
    await people.assign('olivia', subscriptionId, ['amir@contoso.example'])
    await hold('subscriptions', 'query')
    expect((await people.lookUp('amir')).json.code).toBe('licensed')
    await untilHeld()
    await people.system.host.kill('SIGKILL')
    await store('release', 'POST', {})
    await people.system.host.restart()
    // The message is locked by the dead host; its lock ends by the clock.
    people.advance(61_000)
    const bound = async () => (await ofKind(subscriptionId, 'seat'))[0]?.state === 'bound'
    const until = Date.now() + 20_000
    while (!(await bound()) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await bound()).toBe(true)
  })
})
