import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Deed, mix } from '../../../../infra/local/graph/deeds.ts'
import { aMessage, bea, type Machine, of, olivia, startMachine } from './mailboxes.ts'

let machine: Machine
beforeEach(async () => {
  machine = await startMachine()
})
afterEach(() => machine.close())

const sending = 'me/sendMail'
const fault = (deed: Deed, times = 1) => machine.graph.faults.add({ path: sending, times, do: deed })
const accepted = () => machine.graph.delivered.length
/** What became of a send: its status and what it asked to wait, or that the connection broke. */
const end = () =>
  machine.send().then(
    ({ status, headers }) => [status, headers.get('retry-after')],
    () => ['cut'],
  )

describe('by request', () => {
  it.each<[string, Deed, (string | number | null)[], number]>([
    ['429 with seconds', { status: 429, retryAfter: 5 }, [429, '5'], 0],
    ['429 with a date', { status: 429, retryAfter: { dateInSeconds: 90 } }, [429, 'Sun, 01 Mar 2026 12:01:30 GMT'], 0],
    ['429 with a negative one', { status: 429, retryAfter: '-5' }, [429, '-5'], 0],
    ['429 with none', { status: 429 }, [429, null], 0],
    ['429 with an hour', { status: 429, retryAfter: 3600 }, [429, '3600'], 0],
    ['202 that asks to wait', { retryAfter: 10 }, [202, '10'], 1],
    ['503', { status: 503 }, [503, null], 0],
    ['500', { status: 500 }, [500, null], 0],
    ['accepted, then 504', { status: 504, when: 'after' }, [504, null], 1],
    ['504', { status: 504 }, [504, null], 0],
    ['throttled, and yet accepted', { status: 429, when: 'after' }, [429, null], 1],
    ['reset before', { drop: 'before' }, ['cut'], 0],
    ['reset after', { drop: 'after' }, ['cut'], 1],
    ['401', { status: 401 }, [401, null], 0],
    ['later', { delayMs: 20 }, [202, null], 1],
  ])('%s, once', async (_, deed, answer, count) => {
    fault(deed)
    expect(await end()).toEqual(answer)
    expect(accepted()).toBe(count)
    expect(await end()).toEqual([202, null])
    expect(machine.graph.faults.met).toEqual({ asked: 1 })
  })

  it('an error has its own code, or the usual one; a gateway has none', async () => {
    fault({ status: 403, code: 'ErrorSendAsDenied' })
    fault({ status: 429 })
    fault({ status: 502 })
    expect((await machine.send()).code).toBe('ErrorSendAsDenied')
    expect((await machine.send()).code).toBe('ApplicationThrottled')
    expect((await machine.send()).text).toContain('<html>')
  })

  it('a refused token comes with the claims that it lacks', async () => {
    fault({ status: 401, claims: { a: 1 } })
    const { headers, code } = await machine.send()
    expect(code).toBe('InvalidAuthenticationToken')
    const [, claims] = /claims="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ?? []
    expect(Buffer.from(String(claims), 'base64').toString()).toBe('{"a":1}')
  })

  it.each([
    ['before', 500, 0],
    ['after', 202, 1],
  ] as const)('a body without end, %s', async (endless, status, count) => {
    fault({ endless })
    const { graph, tokens } = machine
    const response = await fetch(`${graph.api}/me/sendMail`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.olivia}` },
      body: JSON.stringify({ message: aMessage() }),
    })
    expect([response.status, accepted()]).toEqual([status, count])
    let length = 0
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > 1_000_000) break
    }
    expect(length).toBeGreaterThan(1_000_000)
    expect((await machine.send()).status).toBe(202)
  })

  it('by mailbox, method and path, as often as is said, in their order', async () => {
    const { ask, send, graph, tokens } = machine
    graph.faults.add({ mailbox: bea, times: -1, do: { status: 500 } })
    graph.faults.add({ method: 'GET', path: 'me/messages/:id', times: 2, do: { status: 429 } })
    const { id } = await machine.draft()
    const asBea = { authorization: `Bearer ${tokens.bea}` }
    for (let time = 0; time < 3; time += 1) expect((await send({}, asBea)).status).toBe(500)
    expect([(await send()).status, (await ask('GET me/messages')).status]).toEqual([202, 200])
    const looks = [await ask(`GET ${of(id)}`), await ask(`GET ${of(id)}`), await ask(`GET ${of(id)}`)]
    expect(looks.map(({ status }) => status)).toEqual([429, 429, 200])
    expect(graph.faults.rules()).toHaveLength(1)
    graph.faults.clear()
    expect((await send({}, asBea)).status).toBe(202)
  })

  it('a path that no request has is refused, so that a fault is never forgotten silently', () => {
    for (const path of ['me/messages/', 'me/messages/abc', 'sendMail'])
      expect(() => machine.graph.faults.add({ path, times: 1, do: { status: 500 } })).toThrow(path)
  })
})

describe('held', () => {
  it.each([
    ['before', 0, 0],
    ['after', 1, 1],
  ] as const)('%s: who leaves meanwhile has sent %d', async (hold, whileHeld, afterwards) => {
    fault({ hold })
    const leaving = new AbortController()
    const { graph, tokens } = machine
    const asked = fetch(`${graph.api}/me/sendMail`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.olivia}` },
      body: JSON.stringify({ message: aMessage() }),
      signal: leaving.signal,
    })
    await expect.poll(() => graph.faults.held).toBe(1)
    expect(accepted()).toBe(whileHeld)
    leaving.abort()
    await expect(asked).rejects.toThrow()
    await expect.poll(() => graph.faults.held).toBe(0)
    expect((await machine.ask('GET me/messages')).status).toBe(200)
    expect(accepted()).toBe(afterwards)
  })

  it('until it is let go', async () => {
    fault({ hold: 'before' })
    fault({ hold: 'after' })
    const two = [machine.send(), machine.send()]
    await expect.poll(() => machine.graph.faults.held).toBe(2)
    machine.graph.faults.release()
    expect((await Promise.all(two)).map(({ status }) => status)).toEqual([202, 202])
    expect([machine.graph.faults.held, accepted()]).toEqual([0, 2])
  })

  it('what is done later is done though nobody waits any more', async () => {
    fault({ delayMs: 60 })
    const { graph, tokens } = machine
    const asked = fetch(`${graph.api}/me/sendMail`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.olivia}` },
      body: JSON.stringify({ message: aMessage() }),
      signal: AbortSignal.timeout(30),
    })
    await expect(asked).rejects.toThrow()
    await expect.poll(accepted).toBe(1)
  })
})

describe('by seed', () => {
  const among = Object.keys(mix).filter((name) => name !== 'slow' && !name.includes('endless'))
  const run = async (seed: number, count = 40) => {
    machine.graph.faults.random({ seed, chance: 0.5, among })
    const ends: unknown[] = []
    for (let time = 0; time < count; time += 1) ends.push(await end())
    return ends
  }

  it('the same for the same seed, whatever another mailbox does meanwhile; another for another', async () => {
    const first = await run(1)
    machine.graph.faults.random({ seed: 1, chance: 0.5, among })
    const again: unknown[] = []
    for (let time = 0; time < 40; time += 1) {
      await machine.send({}, { authorization: `Bearer ${machine.tokens.bea}` }).catch(() => undefined)
      again.push(await end())
    }
    expect(again).toEqual(first)
    expect(await run(2)).not.toEqual(first)
  })

  it('every kind comes, about as often as is said, and is counted', async () => {
    machine.graph.limits.most.recipients = 100_000
    await run(3, 400)
    const { met } = machine.graph.faults
    expect(Object.keys(met).toSorted()).toEqual(among.toSorted())
    const all = Object.values(met).reduce((sum, count) => sum + count, 0)
    expect(all).toBeGreaterThan(150)
    expect(all).toBeLessThan(250)
  })

  it('a chance of 0 ends it, and a name of no kind is refused', async () => {
    machine.graph.faults.random({ seed: 1, chance: 1, among: ['unavailable'] })
    expect(await end()).toEqual([503, null])
    machine.graph.faults.random({ seed: 1, chance: 0 })
    expect(await end()).toEqual([202, null])
    expect(() => machine.graph.faults.random({ seed: 1, chance: 1, among: ['earthquake'] })).toThrow('earthquake')
    expect(machine.graph.mailboxes.get(olivia)?.state).toBe('open')
  })
})
