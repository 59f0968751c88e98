import { CosmosClient, type JSONObject } from '@azure/cosmos'
import { pause, resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import { acceptRestore } from '@securemailmerge/shared/merging/restore'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSending } from '../kit/sending.ts'

let kit: Awaited<ReturnType<typeof startSending>>
let account: { tenantId: string; objectId: string }
beforeEach(async () => {
  kit = await startSending({ rate: 60 })
  account = kit.person()
})
afterEach(() => kit.close())

const store = () => {
  const { endpoint, key } = kit.cosmos
  const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } })
  return client.database(names.database).container('sending')
}
type Item = JSONObject & { id: string; mailboxId: string }

/** All that the store holds now. */
const copy = async (): Promise<Item[]> => (await store().items.query<Item>('SELECT * FROM c').fetchAll()).resources

/** Whether nothing is to be done soon. */
const farAhead = () => kit.ticks.every(({ at }) => at > kit.now().getTime() + 15_000)

/** A restore that nobody has accepted yet. */
const restoreOf = (items: Item[]) => ({
  id: crypto.randomUUID(),
  copiedAt: new Date(Math.max(...items.map(({ _ts }) => Number(_ts))) * 1000),
  isOpen: async () => true,
})

/** The store is as it was; an operator goes on, and everything ends that was under way. */
async function restored(items: Item[]) {
  const mailboxes = new Set((await copy()).map(({ mailboxId }) => mailboxId))
  for (const { id, mailboxId } of await copy()) await store().item(id, mailboxId).delete()
  for (const item of items) await store().items.create(item)
  kit.ticks.length = 0
  kit.advance(5 * 60_000)
  await kit.sending.mailbox('none')
  const done = await acceptRestore(kit.sending, kit.parts.tick, restoreOf(items))
  expect(done.mailboxes).toBe(mailboxes.size)
  await kit.run()
  kit.advance(20 * 60_000)
  return done
}

/** Each mail of a campaign went once, and the books and the rows say the same. */
async function expectOnce(id: string, total: number) {
  const { campaign } = await kit.campaigns.see(account, id)
  const rows = await kit.sending.rows(campaign, 0, 1000)
  const stamps = kit.graph.delivered.map(({ stamp }) => stamp)
  expect(stamps.toSorted()).toEqual(Array.from({ length: total }, (_, at) => `${id}.${at + 1}`).toSorted())
  for (const state of ['sent', 'failed', 'unknown'] as const)
    expect(campaign.counts[state], state).toBe(rows.filter((row) => row.state === state).length)
  expect(rows.filter(({ state }) => state === 'pending' || state === 'sending')).toEqual([])
}

describe('what could have been sent since the copy was made is not sent again', () => {
  it('a row that waited to be tried again', async () => {
    kit.graph.faults.add({ method: 'POST', path: 'me/messages', times: 1, do: { status: 429, retryAfter: 60 } })
    const id = await kit.campaign(account, 6)
    await kit.run(() => farAhead() && kit.ticks.length === 1)
    const then = await copy()
    expect((await kit.campaigns.see(account, id)).campaign.again).toHaveLength(1)
    await kit.run()
    await restored(then)
    await expectOnce(id, 6)
  })

  it('a row whose draft was being made', async () => {
    kit.graph.faults.add({ method: 'POST', path: 'me/messages', times: 1, do: { hold: 'before' } })
    const id = await kit.campaign(account, 6)
    const running = kit.run()
    while (kit.graph.faults.held === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const then = await copy()
    kit.graph.faults.release()
    await running
    await restored(then)
    kit.advance(5 * 60_000)
    await kit.run()
    await expectOnce(id, 6)
  })

  it('rows of a campaign that was paused, and went on', async () => {
    const id = await kit.campaign(account, 8)
    await kit.run(() => kit.graph.delivered.length >= 3)
    await kit.campaigns.act(account, id, pause)
    await kit.run()
    const then = await copy()
    await kit.campaigns.act(account, id, resume)
    await kit.run()
    await restored(then)
    await kit.campaigns.act(account, id, resume)
    await kit.run()
    await expectOnce(id, 8)
  })

  it('a row that had failed, and was tried once more', async () => {
    kit.graph.faults.add({ method: 'POST', path: 'me/messages', times: 5, do: { status: 503 } })
    const id = await kit.campaign(account, 1)
    while ((await kit.campaigns.see(account, id)).campaign.counts.failed === 0) {
      await kit.run(farAhead)
      kit.advance(10 * 60_000)
    }
    const then = await copy()
    await kit.campaigns.act(account, id, retryFailed)
    await kit.run()
    await restored(then)
    await kit.campaigns.act(account, id, retryFailed)
    await kit.run()
    await expectOnce(id, 1)
  })

  it('no old tick stops what goes on: numbers begin anew also where nothing was to be done', async () => {
    const first = await kit.campaign(account, 2)
    await kit.run()
    const then = await copy()
    await kit.campaign(account, 4)
    const last = kit.ticks.at(-1)?.number ?? 0
    await kit.run()
    await restored(then)
    const { mailbox } = await kit.campaigns.see(account, first)
    expect(mailbox.wake.number).toBeGreaterThan(last + 1000)
  })
})

describe('an operator repeats the command', () => {
  it('it goes on where it was cut off, puts no row in doubt twice, and does nothing once it was accepted', async () => {
    const id = await kit.campaign(account, 400)
    await kit.run(() => kit.graph.delivered.length >= 3)
    kit.advance(5 * 60_000)
    await kit.sending.mailbox('none')
    const restore = restoreOf(await copy())
    let changes = 0
    const change = kit.sending.change.bind(kit.sending)
    kit.sending.change = (...asked) => {
      changes += 1
      return changes > 2 ? Promise.reject(new Error('cut off')) : change(...asked)
    }
    const unknown = async () => (await kit.campaigns.see(account, id)).campaign.counts.unknown
    const { tick } = kit.parts
    await expect(acceptRestore(kit.sending, tick, restore)).rejects.toThrow('cut off')
    kit.sending.change = change
    expect(await unknown()).toBeGreaterThan(0)
    await acceptRestore(kit.sending, tick, restore)
    const doubted = await unknown()
    expect(doubted).toBeLessThan(400)
    kit.advance(60 * 60_000)
    await kit.sending.mailbox('none')
    expect(await acceptRestore(kit.sending, tick, restore)).toEqual({ mailboxes: 0, unknown: 0 })
    const late = { ...restoreOf([]), copiedAt: restore.copiedAt, isOpen: async () => false }
    expect(await acceptRestore(kit.sending, tick, late)).toEqual({ mailboxes: 0, unknown: 0 })
    expect(await unknown()).toBe(doubted)
  })
})
