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
const hold = (container: string, operation: string, after: boolean) =>
  store('faults', 'POST', {
    match: { container, operation },
    times: 1,
    do: { hold: true, ...(after ? { after } : {}) },
  })
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

/** Where the host dies during one assignment, and what the store does with the request that is then on its way. */
const steps = [
  {
    name: 'between hint and batch, the batch never arrives',
    container: 'subscriptions',
    operation: 'batch',
    after: false,
    arrives: false,
  },
  {
    name: 'between hint and batch, the batch arrives after the death',
    container: 'subscriptions',
    operation: 'batch',
    after: false,
    arrives: true,
  },
  { name: 'between batch and answer', container: 'subscriptions', operation: 'batch', after: true, arrives: true },
  { name: 'while the hint is written', container: 'directory', operation: 'upsert', after: false, arrives: true },
]

describe('kill -9 of the host', () => {
  it.each(steps)('$name: nothing is lost and the repeat answers the same', async (step) => {
    const subscriptionId = await people.grant('olivia', 2, { name: step.name })
    const path = `/api/subscriptions/${subscriptionId}/seats`
    const mail = `${step.operation}${step.after}${step.arrives}@contoso.example`
    const assign = () =>
      people.ask('olivia', 'POST', path, {
        body: { addresses: [mail] },
        headers: { 'Idempotency-Key': step.name.slice(0, 20).replaceAll(' ', '-') },
      })
    await hold(step.container, step.operation, step.after)
    const dying = assign().catch(() => undefined)
    await untilHeld()
    await people.system.host.kill('SIGKILL')
    if (step.arrives) await store('release', 'POST', {})
    await people.system.host.restart()
    const first = (await dying) as Answer | undefined
    expect(first?.status).not.toBe(200)
    const repeat = await assign()
    expect(repeat.json).toMatchObject({ quantity: 2, assigned: 1, seats: [{ address: mail, outcome: 'assigned' }] })
    expect((await assign()).json).toEqual(repeat.json)
    expect(await ofKind(subscriptionId, 'seat')).toHaveLength(1)
    expect((await ofKind(subscriptionId, 'history')).map(({ did }) => did).sort()).toEqual(['assigned', 'granted'])
  })

  it('while a command or a use is handled: the message comes again', async () => {
    const subscriptionId = await people.grant('olivia', 2, { name: 'Messages' })
    await people.assign('olivia', subscriptionId, ['amir@contoso.example'])
    await hold('subscriptions', 'query', false)
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
