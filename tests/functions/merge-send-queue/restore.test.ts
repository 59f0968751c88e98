import { blobContainer } from '@securemailmerge/shared/azure/blob-storage'
import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { Epoch } from '@securemailmerge/shared/merging/epoch'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Services } from '../../../functions/merge-send-queue/wiring.ts'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'

let kit: CampaignKit
beforeEach(async () => {
  kit = await startCampaigns({ rate: 30 })
  await kit.allow('olivia', { drafts: true })
})
afterEach(() => kit.close())

const why = 'restored to 03:00'
const over = ['completed', 'completed_with_errors']
const show = async (id: string) => (await kit.at('show_campaign', id)).json
const rowsIn = async (id: string) =>
  (await kit.at('report_campaign', id)).text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
const isOn = (name: string) => kit.cosmos.items('operations').some((item) => item.id === `switch:${name}` && item.on)
const mailbox = () =>
  kit.stored('olivia').find(({ kind }) => kind === 'mailbox') as unknown as { wake: { number: number } }
/** So many minutes in which the epoch is marked. */
async function minutes(count: number, on = kit.services) {
  for (let minute = 0; minute < count; minute += 1) {
    kit.advance(60_000)
    await kit.timer('mark', on)
  }
}
const accept = async (messageId?: string, on?: Services) =>
  (await kit.command({ command: 'accept_restore', why }, messageId, on))[0]?.result

/** A campaign that has come so far when the store is copied, and so far when the copy is put back. */
async function halfSent(mode: 'draft' | 'send', rows = 90) {
  await minutes(2)
  const id = await kit.started(rows, { mode })
  await kit.run(() => kit.sentOf(id).length >= 5)
  const putBack = await kit.copyStore()
  await kit.run(() => kit.sentOf(id).length >= 20)
  await minutes(4)
  return { id, putBack }
}

describe('C29 the store is put back to a copy that was made mid-run', () => {
  it('a tick that is ahead of its mailbox stops all sending, at once and for every host', async () => {
    const { id, putBack } = await halfSent('draft')
    const number = mailbox().wake.number + 100
    await putBack()
    const [host, other] = [kit.host(), kit.host()]
    // As if the epoch had told nothing: it is behind by a minute at most.
    for (const one of [host, other]) one.epoch.isCurrent = async () => true
    const sent = kit.sentOf(id).length
    const lines = await kit.deliver({ mailboxId: mailboxIdOf(cast.olivia), number }, {}, host)
    expect(lines).toContainEqual(expect.objectContaining({ event: 'store_restored' }))
    expect(isOn('restored')).toBe(true)
    kit.advance(20_000)
    await kit.timer('sweep', other)
    await kit.run(undefined, [host, other])
    await kit.deliver({ mailboxId: mailboxIdOf(cast.olivia), number: mailbox().wake.number }, {}, other)
    expect(kit.sentOf(id)).toHaveLength(sent)
  })

  it('without any tick the epoch tells: no turn, no sweep, no test mail', async () => {
    const { id, putBack } = await halfSent('send')
    await putBack()
    const host = kit.host()
    const sent = kit.graph.delivered.length
    expect(await host.epoch.isCurrent()).toBe(false)
    await minutes(3, host)
    expect(await host.epoch.isCurrent()).toBe(false)
    await kit.timer('sweep', host)
    await kit.run(undefined, [host])
    await kit.deliver({ mailboxId: mailboxIdOf(cast.olivia), number: mailbox().wake.number }, {}, host)
    const { status } = await kit.at('send_test', id, { body: { to: 'me@x.example' } }, host)
    expect(status).toBe(503)
    expect(kit.graph.delivered).toHaveLength(sent)
    expect((await kit.at('show_campaign', id, {}, host)).json.state).toMatch(/running|waiting/)
  })

  it.each(['draft', 'send'] as const)(
    'accepted, what could have been sent since is unknown, and the rest goes on: each at most once (%s)',
    async (mode) => {
      const { id, putBack } = await halfSent(mode)
      await putBack()
      const host = kit.host()
      const before = kit.sentOf(id).length
      const result = await accept('accept-1', host)
      expect(result).toMatchObject({ mailboxes: 1 })
      expect(isOn('restored')).toBe(false)
      kit.advance(20_000)
      const shown = await kit.runUntil(id, over, {}, [host])
      expect(shown.counts.sent + shown.counts.unknown).toBe(90)
      expect(shown.counts.unknown).toBeGreaterThanOrEqual(before - 5)
      const sent = kit.sentOf(id)
      expect(new Set(sent).size).toBe(sent.length)
      const rows = await rowsIn(id)
      const unknown = rows.filter(({ state }) => state === 'unknown')
      for (const row of sent) expect(rows[row - 1].state).toMatch(/sent|unknown/)
      expect(new Set(unknown.map((row) => row.why))).toEqual(new Set(['restored']))
      // Their sender is to look for each of them: it has to be named.
      for (const row of unknown)
        expect(row).toMatchObject({ row: row.position, to: `p${row.position}@customers.example` })
    },
  )

  it('accepting twice, or the same message again, puts nothing more in doubt', async () => {
    const { id, putBack } = await halfSent('send', 2000)
    await putBack()
    const host = kit.host()
    await accept('accept-1', host)
    const { unknown } = (await show(id)).counts
    expect(await accept('accept-1', host)).toEqual({ outcome: 'nothing_restored' })
    expect(await accept('accept-2', kit.host())).toEqual({ outcome: 'nothing_restored' })
    expect((await show(id)).counts.unknown).toBe(unknown)
  })

  it('a message accepts one restore: come again after the next it does not accept that, nor does one that said otherwise', async () => {
    const { id, putBack } = await halfSent('send')
    await putBack()
    const host = kit.host()
    await accept('accept-1', host)
    const { unknown } = (await show(id)).counts
    const ahead = { mailboxId: mailboxIdOf(cast.olivia), number: mailbox().wake.number + 5_000_000 }
    await kit.deliver(ahead, {}, host)
    expect(isOn('restored')).toBe(true)
    expect(await accept('accept-1', host)).toEqual({ switch: 'restored', on: false, outcome: 'known' })
    await kit.command({ command: 'stop', switch: 'read_only', why }, 'stop-1', host)
    const [line] = await kit.command({ command: 'accept_restore', why }, 'stop-1', host)
    expect(line).toMatchObject({ outcome: 'idempotency_mismatch', result: {} })
    expect([isOn('restored'), (await show(id)).counts.unknown]).toEqual([true, unknown])
    expect(await accept('accept-2', host)).toMatchObject({ mailboxes: 1 })
    expect(isOn('restored')).toBe(false)
  })

  it('what was not begun, or is for later, is not in doubt', async () => {
    await minutes(2)
    const id = await kit.ready(5)
    const at = new Date(kit.now().getTime() + 7 * 86_400_000).toISOString()
    must(await kit.at('start_campaign', id, { body: { at } }))
    const draft = await kit.create()
    const putBack = await kit.copyStore()
    await minutes(4)
    await putBack()
    const host = kit.host()
    expect(await accept('accept-1', host)).toMatchObject({ unknown: 0 })
    expect((await kit.at('show_campaign', id, {}, host)).json).toMatchObject({
      state: 'scheduled',
      counts: { pending: 5 },
    })
    expect((await kit.at('show_campaign', draft, {}, host)).json.state).toBe('draft')
  })

  it('one that was ready and was started after the copy is not sent again by a second start', async () => {
    await minutes(2)
    const id = await kit.ready(3)
    const putBack = await kit.copyStore()
    must(await kit.at('start_campaign', id))
    await kit.runUntil(id, over)
    await minutes(4)
    await putBack()
    const host = kit.host()
    await accept('accept-1', host)
    await kit.at('start_campaign', id, {}, host)
    kit.advance(20_000)
    await kit.run(undefined, [host])
    expect(kit.sentOf(id).toSorted()).toEqual(rowsOf(3).map(({ row }) => row))
  })

  it('no tick of before stops it once more', async () => {
    const { id, putBack } = await halfSent('send')
    const old = mailbox().wake.number
    await putBack()
    const host = kit.host()
    await accept('accept-1', host)
    for (const number of [old, old + 1, old + 50])
      await kit.deliver({ mailboxId: mailboxIdOf(cast.olivia), number }, {}, host)
    expect(isOn('restored')).toBe(false)
    expect(over).toContain((await kit.runUntil(id, over, {}, [host])).state)
  })
})

describe('the epoch', () => {
  it('a copy of the store under another address sends nothing', async () => {
    await minutes(2)
    const [store, blobs] = partsOf()
    const here = () => new Epoch(store, blobs, 'local', kit.now)
    expect(await here().isCurrent()).toBe(true)
    const elsewhere = new Epoch(store, blobs, 'https://copy.documents.azure.com', kit.now)
    expect(await elsewhere.isCurrent()).toBe(false)
    await elsewhere.mark()
    expect(await here().isCurrent()).toBe(true)
    await elsewhere.accept()
    expect(await elsewhere.isCurrent()).toBe(true)
    expect(await here().isCurrent()).toBe(false)
  })

  it('a mark that ends half-way, or two at once, stop nothing', async () => {
    const [store, blobs] = partsOf()
    const epoch = () => new Epoch(store, blobs, 'local', kit.now)
    await Promise.all([epoch().mark(), epoch().mark(), epoch().mark()])
    for (let time = 0; time < 3; time += 1) {
      const broken = epoch()
      const put = blobs.put.bind(blobs)
      blobs.put = () => Promise.reject(new Error('the host dies here'))
      await broken.mark().catch(() => {})
      blobs.put = put
      expect(await epoch().isCurrent()).toBe(true)
    }
    await epoch().mark()
    expect(await epoch().isCurrent()).toBe(true)
  })

  it('before the first mark all is well', async () => {
    const [store, blobs] = partsOf()
    expect(await new Epoch(store, blobs, 'local', kit.now).isCurrent()).toBe(true)
  })
})

function partsOf() {
  const config = readConfig('merge-send-queue', kit.env)
  return [azure(config).items('sending'), blobContainer(config, 'content')] as const
}
