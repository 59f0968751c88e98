import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Command, help } from '../../../functions/merge-send-queue/command.ts'
import { obeyCommand } from '../../../functions/merge-send-queue/obey-command.ts'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'
import { contextOf } from '../../kit/invoke.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
  await kit.allow('olivia')
})
afterAll(() => kit.close())
afterEach(async () => {
  kit.cosmos.faults.clear()
  await kit.run()
  kit.advance(2 * 60_000)
})

const { tenantId, objectId } = cast.olivia
const why = 'test'
const of = async (body: object, messageId?: string) => {
  const [line] = await kit.command(body, messageId)
  return { event: line?.event, outcome: line?.outcome, result: line?.result }
}
const parked = () => kit.cosmos.items('operations').filter(({ kind }) => kind === 'parked')
const show = async (id: string) => (await kit.at('show_campaign', id)).json

describe('help', () => {
  it('lists every command with an example that is understood as it stands, ids aside', async () => {
    const { outcome, result } = await of({ command: 'help' })
    expect([outcome, result]).toEqual(['done', { commands: help }])
    const id = `${'a'.repeat(43)}.${'b'.repeat(22)}`
    for (const example of Object.values(help)) {
      const filled = JSON.parse(JSON.stringify(example).replace('<43 characters>.<22 characters>', id))
      expect(Command.safeParse(filled).success).toBe(true)
    }
  })
})

describe('look_up', () => {
  it('states and counts, by account or by campaign; no content, no name, no address', async () => {
    const wish = { name: 'Marker name', subject: 'Marker {{First}}', from: 'marker@contoso.example' }
    const id = await kit.ready(
      rowsOf(3).map((row) => ({ ...row, to: `marker${row.row}@x.example` })),
      wish,
    )
    for (const asked of [{ account: { tenantId, objectId } }, { campaignId: id }]) {
      const lines = await kit.command({ command: 'look_up', ...asked })
      expect(lines[0]).toMatchObject({ event: 'command_done', outcome: 'done' })
      const { result } = lines[0] as { result: { campaigns: { campaignId: string }[] } }
      expect(result).toMatchObject({ mailbox: id.split('.')[0], inFlight: 0, lost: null })
      expect(result.campaigns.find(({ campaignId }) => campaignId === id)).toMatchObject({
        ...{ state: 'ready', total: 3, counts: { pending: 3, sent: 0 } },
      })
      expect(JSON.stringify(lines)).not.toMatch(/marker|@|Dear/i)
    }
  })

  it('not_found: nobody with such a mailbox, no such campaign', async () => {
    const nobody = { tenantId, objectId: crypto.randomUUID() }
    expect((await of({ command: 'look_up', account: nobody })).outcome).toBe('not_found')
    expect((await of({ command: 'look_up', campaignId: `${'x'.repeat(43)}.${'y'.repeat(22)}` })).outcome).toBe(
      'not_found',
    )
  })

  it('names what the mailbox waits for', async () => {
    await kit.allow('amir')
    const id = await kit.started(2, {}, { as: 'amir' })
    await kit.disallow('amir')
    await kit.run()
    expect(await of({ command: 'look_up', campaignId: id })).toMatchObject({
      result: { lost: 'needs_sign_in', open: 1, campaigns: [{ state: 'needs_sign_in' }] },
    })
    await of({ command: 'cancel', campaignId: id, why })
  })
})

describe('cancel', () => {
  it('ends a campaign of anybody before its next mail, once or twice', async () => {
    const id = await kit.started(20)
    await kit.run(() => kit.sentOf(id).length >= 2)
    for (let times = 0; times < 2; times += 1)
      expect(await of({ command: 'cancel', campaignId: id, why }, 'cancel-1')).toMatchObject({
        ...{ outcome: 'done', result: { campaign: id, state: 'cancelled' } },
      })
    const sent = kit.sentOf(id).length
    kit.advance(3_600_000)
    await kit.run()
    expect(kit.sentOf(id)).toHaveLength(sent)
    expect(await show(id)).toMatchObject({ state: 'cancelled', why: 'by_operator', counts: { sent } })
  })

  it('what is over stays so, and what is not there is not found', async () => {
    const id = await kit.started(1)
    await kit.runUntil(id, ['completed'])
    expect((await of({ command: 'cancel', campaignId: id, why })).outcome).toBe('campaign_state')
    const none = `${id.split('.')[0]}.${'y'.repeat(22)}`
    expect((await of({ command: 'cancel', campaignId: none, why })).outcome).toBe('not_found')
    expect((await show(id)).state).toBe('completed')
  })
})

describe('accept_restore', () => {
  it('where nothing was restored it changes nothing: no row is put in doubt', async () => {
    const id = await kit.started(12)
    await kit.run(() => kit.sentOf(id).length >= 2)
    const { outcome, result } = await of({ command: 'accept_restore', why })
    expect([outcome, result]).toEqual(['done', { outcome: 'nothing_restored' }])
    await kit.runUntil(id, ['completed', 'completed_with_errors'])
    expect(await show(id)).toMatchObject({ state: 'completed', counts: { sent: 12, unknown: 0 } })
  })
})

describe('stop and go', () => {
  it('sending: no mail leaves while it is stopped, nothing is lost, and it goes on by itself', async () => {
    const id = await kit.started(8)
    await kit.run(() => kit.sentOf(id).length >= 2)
    expect((await of({ command: 'stop', switch: 'sending', why }, 'stop-1')).result).toMatchObject({
      on: true,
      outcome: 'set',
    })
    expect((await of({ command: 'stop', switch: 'sending', why }, 'stop-1')).result).toMatchObject({
      on: true,
      outcome: 'known',
    })
    kit.advance(20_000)
    await kit.run()
    expect(await show(id)).toMatchObject({ state: 'waiting', why: 'stopped', waitsUntil: null, expectedEnd: null })
    const sent = kit.sentOf(id).length
    kit.advance(3_600_000)
    await kit.timer('sweep')
    await kit.run()
    expect(kit.sentOf(id)).toHaveLength(sent)
    expect(sent).toBeLessThan(8)
    expect((await of({ command: 'go', switch: 'sending', why }, 'go-1')).result).toMatchObject({
      on: false,
      outcome: 'set',
    })
    expect((await of({ command: 'stop', switch: 'sending', why }, 'stop-1')).result).toMatchObject({ outcome: 'known' })
    kit.advance(60_000)
    await kit.timer('sweep')
    expect(await kit.runUntil(id, ['completed'])).toMatchObject({ state: 'completed', counts: { sent: 8, unknown: 0 } })
  })

  it('another host stops too, within 15 s', async () => {
    const other = kit.host()
    const id = await kit.started(2)
    await kit.run(undefined, [other])
    await of({ command: 'stop', switch: 'sending', why })
    kit.advance(16_000)
    const stopped = await kit.started(3)
    await kit.run(undefined, [other])
    expect([kit.sentOf(id).length, kit.sentOf(stopped).length]).toEqual([2, 0])
    await of({ command: 'go', switch: 'sending', why })
    kit.advance(60_000)
    await kit.timer('sweep')
    expect((await kit.runUntil(stopped, ['completed'])).state).toBe('completed')
  })

  it('a mail that leaves later than that is told of', async () => {
    const slow = kit.host()
    const id = await kit.started(1)
    // This host does not hear of it.
    const isOn = slow.operations.isOn.bind(slow.operations)
    let heard = false
    slow.operations.isOn = async (name) => (name === 'sending' && !heard ? false : isOn(name))
    await of({ command: 'stop', switch: 'sending', why })
    kit.advance(60_000)
    const { sendMail } = slow.mails
    slow.mails.sendMail = (...all) => {
      heard = true
      return sendMail.apply(slow.mails, all)
    }
    kit.logged.length = 0
    await kit.run(() => kit.sentOf(id).length > 0, [slow])
    expect(kit.logged).toContainEqual(expect.objectContaining({ event: 'sent_while_stopped', campaign: id }))
    await of({ command: 'go', switch: 'sending', why })
  })

  it('read_only: senders begin nothing, see all and can stop; campaigns that run go on', async () => {
    const [id, paused, cancelled, kept] = [
      await kit.started(3),
      await kit.started(3),
      await kit.started(3),
      await kit.ready(1),
    ]
    await of({ command: 'stop', switch: 'read_only', why })
    kit.advance(16_000)
    for (const name of ['start_campaign', 'resume_campaign', 'retry_campaign'] as const) {
      const { status, json, headers } = await kit.at(name, id)
      expect([name, status, json.title, headers['retry-after']]).toEqual([name, 503, 'read_only', '60'])
    }
    expect((await kit.upload(id, rowsOf(1))).status).toBe(503)
    expect((await kit.ask('create_campaign', { body: { name: 'x', subject: 'x', html: 'x' } })).status).toBe(503)
    expect(must(await kit.at('pause_campaign', paused)).json.state).toBe('paused')
    expect(must(await kit.at('cancel_campaign', cancelled)).json.state).toBe('cancelled')
    must(await kit.at('delete_campaign', kept))
    await of({ command: 'cancel', campaignId: paused, why })
    for (const name of ['show_campaign', 'report_campaign', 'show_preflight'] as const) must(await kit.at(name, id))
    expect((await kit.runUntil(id, ['completed'])).state).toBe('completed')
    await of({ command: 'go', switch: 'read_only', why })
    kit.advance(16_000)
    expect((await kit.ask('create_campaign', { body: { name: 'x', subject: 'x', html: 'x' } })).status).toBe(200)
  })

  it('a message id stands for one command', async () => {
    await of({ command: 'stop', switch: 'read_only', why }, 'twice')
    expect((await of({ command: 'go', switch: 'read_only', why }, 'twice')).outcome).toBe('idempotency_mismatch')
    await of({ command: 'go', switch: 'read_only', why })
  })
})

describe('what is no command is parked with its reason, and does nothing', () => {
  it.each([
    ['stop everything', 'message: not_a_json_object'],
    [null, 'message'],
    [{}, 'command'],
    [{ command: 'explode' }, 'unknown_command'],
    [{ command: 'stop' }, 'switch'],
    [{ command: 'stop', switch: 'purchases', why }, 'switch'],
    [{ command: 'stop', switch: 'restored', why }, 'switch'],
    [{ command: 'go', switch: 'restored', why }, 'switch'],
    [{ command: 'stop', switch: 'sending' }, 'why'],
    [{ command: 'stop', switch: 'sending', why: ' ' }, 'why'],
    [{ command: 'stop', switch: 'sending', why, until: 'x' }, 'until: unknown_field'],
    [{ command: 'look_up' }, 'names_not_exactly_one'],
    [
      { command: 'look_up', account: { tenantId, objectId }, campaignId: `${'x'.repeat(43)}.${'y'.repeat(22)}` },
      'names',
    ],
    [{ command: 'look_up', account: { tenantId: 'x', objectId } }, 'account.tenantId'],
    [{ command: 'look_up', campaignId: "x' OR 1=1" }, 'not_a_campaign_id'],
    [{ command: 'cancel', campaignId: 'x', why }, 'campaignId'],
    [{ command: 'cancel', campaignId: `${'x'.repeat(43)}.${'y'.repeat(22)}` }, 'why'],
    [{ command: 'accept_restore' }, 'why'],
  ])('%j', async (body, reason) => {
    const before = parked().length
    const [line] = await kit.command(body)
    expect(line).toMatchObject({ event: 'parked', queue: 'merge-send-queue-commands' })
    expect(parked()).toHaveLength(before + 1)
    expect(String(parked()[0]?.reason)).toContain(reason)
    expect(kit.cosmos.items('operations').filter(({ kind, on }) => kind === 'switch' && on)).toEqual([])
  })

  it('nor one without an id, by which its repeat would be known', async () => {
    const lines: string[] = []
    await obeyCommand(kit.services)({ command: 'stop', switch: 'sending', why }, contextOf('obey', lines, {}))
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'parked', reason: 'messageId: missing' })
  })
})

describe('an outage', () => {
  it('the command comes again, and is done once the store answers', async () => {
    kit.cosmos.faults.add({ match: { container: 'sending' }, times: -1, do: { status: 503 } })
    const id = await kit.create().catch(() => null)
    expect(id).toBeNull()
    const [line] = await kit.command({ command: 'look_up', account: { tenantId, objectId } }, 'again')
    expect(line).toMatchObject({ event: 'put_off', messageId: 'again' })
    kit.cosmos.faults.clear()
    const queue = kit.bus.queues.get('merge-send-queue-commands')
    const [waiting] = queue?.peek('main', 0, 1) ?? []
    expect(waiting && kit.idOf(waiting)).toBe('again')
    expect(waiting && kit.bodyOf(waiting)).toEqual({ command: 'look_up', account: { tenantId, objectId } })
  })

  it('one that is an hour old does nothing any more', async () => {
    const lines: string[] = []
    const metadata = {
      messageId: 'old',
      applicationProperties: { ends: new Date(kit.now().getTime() - 60_000).toISOString() },
    }
    await obeyCommand(kit.services)({ command: 'stop', switch: 'sending', why }, contextOf('obey', lines, metadata))
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'expired', messageId: 'old' })
    expect(await kit.services.operations.isOn('sending')).toBe(false)
  })
})
