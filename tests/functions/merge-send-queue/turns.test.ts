import { campaignItem } from '@securemailmerge/shared/merging/campaign'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Services } from '../../../functions/merge-send-queue/wiring.ts'
import type { Deed } from '../../../infra/local/graph/deeds.ts'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'

const minute = 60_000
let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
beforeEach(async () => {
  await kit.allow('olivia', { drafts: true })
  kit.thrown.length = 0
})
afterEach(async () => {
  kit.cosmos.faults.clear()
  kit.graph.faults.clear()
  kit.identity.tokenFaults.clear()
  await kit.run()
  expect(kit.queue().peek('deadLetter', 0, 10)).toEqual([])
  kit.advance(3 * minute)
})

const modes = ['draft', 'send'] as const
const over = ['completed', 'completed_with_errors']
const mailboxId = mailboxIdOf(cast.olivia)
const show = async (id: string) => (await kit.at('show_campaign', id)).json
const wake = async () => (await kit.services.sending.mailbox(mailboxId))?.wake ?? { number: 0, at: null }
const each = (id: string) => kit.sentOf(id).toSorted((a, b) => a - b)
const all = (count: number) => rowsOf(count).map(({ row }) => row)
const parked = () => kit.cosmos.items('operations').filter(({ kind }) => kind === 'parked')

/** Lets time pass as it does when a host has died: its leases end, and the sweeper comes by. */
async function later(ms: number, on?: Services[]) {
  for (let passed = 0; passed < ms; passed += minute) {
    kit.advance(minute)
    await kit.timer('sweep')
    await kit.run(undefined, on)
  }
}

describe('C29 one mail each, whatever is delivered how often', () => {
  it.each(modes)('the same tick three times side by side, on three hosts (%s)', async (mode) => {
    const hosts = [kit.services, kit.host(), kit.host()]
    const id = await kit.started(12, { mode })
    while (each(id).length < 12) {
      const tick = { mailboxId, number: (await wake()).number }
      await Promise.all(hosts.map((host) => kit.deliver(tick, {}, host)))
    }
    await kit.run()
    expect(each(id)).toEqual(all(12))
    expect(await show(id)).toMatchObject({ state: 'completed', counts: { sent: 12, failed: 0, unknown: 0 } })
  })

  it.each(modes)('every tick is doubled, and two dispatchers take them (%s)', async (mode) => {
    const hosts = [kit.services, kit.host()]
    for (let times = 0; times < 50; times += 1)
      kit.bus.faults.add({ queue: 'ticks', do: 'double', times: 1, delayMs: 0 })
    const ids = [await kit.started(10, { mode }), await kit.started(10, { mode })]
    for (const id of ids) await kit.runUntil(id, over, {}, hosts)
    kit.bus.faults.clear()
    for (const id of ids) expect(each(id)).toEqual(all(10))
  })

  it.each(modes)('each tick is delivered first, and a second time as after a lost lock (%s)', async (mode) => {
    const id = await kit.started(10, { mode })
    for (let turn = 0; turn < 40 && !over.includes((await show(id)).state); turn += 1) {
      const tick = { mailboxId, number: (await wake()).number }
      await Promise.all([1, 2].map((deliveryCount) => kit.deliver(tick, { deliveryCount })))
    }
    expect(each(id)).toEqual(all(10))
    expect(await show(id)).toMatchObject({ state: 'completed', counts: { sent: 10, unknown: 0 } })
  })

  it.each(modes)('paused, the host dies, resumed (%s)', async (mode) => {
    const dying = kit.host()
    const id = await kit.started(14, { mode })
    const { sendDraft, sendMail } = dying.mails
    let calls = 0
    const dies = async <T>(call: Promise<T>): Promise<T> => {
      const done = await call
      calls += 1
      if (calls < 4) return done
      await kit.at('pause_campaign', id)
      throw new Error('the host dies here')
    }
    dying.mails.sendDraft = (...of) => dies(sendDraft.apply(dying.mails, of))
    dying.mails.sendMail = (...of) => dies(sendMail.apply(dying.mails, of))
    await kit.run(() => calls >= 4, [dying])
    expect((await show(id)).state).toBe('paused')
    await later(5 * minute)
    must(await kit.at('resume_campaign', id))
    const { counts } = await kit.runUntil(id, over)
    expect(each(id)).toEqual(all(14))
    expect(counts.sent + counts.unknown).toBe(14)
    if (mode === 'draft') expect(counts.unknown).toBe(0)
    // In one call nobody can tell: shown, and not sent again.
    else expect(counts.unknown).toBeGreaterThan(0)
  })

  const deaths: [string, (host: Services, die: () => never) => void][] = [
    [
      'its claim',
      (host, die) => {
        host.mails.createDraft = async () => die()
        host.mails.sendMail = async () => die()
      },
    ],
    [
      'the draft was made',
      (host, die) => {
        const { createDraft } = host.mails
        host.mails.createDraft = async (...of) => {
          await createDraft.apply(host.mails, of)
          return die()
        }
      },
    ],
    [
      'the draft was stored',
      (host, die) => {
        host.mails.sendDraft = async () => die()
      },
    ],
    [
      'the mail was sent',
      (host, die) => {
        const { sendDraft, sendMail } = host.mails
        host.mails.sendDraft = async (...of) => {
          await sendDraft.apply(host.mails, of)
          return die()
        }
        host.mails.sendMail = async (...of) => {
          await sendMail.apply(host.mails, of)
          return die()
        }
      },
    ],
    [
      'its end was written down',
      (host, die) => {
        const { replaceRow } = host.sending
        host.sending.replaceRow = async (...of) => {
          const etag = await replaceRow.apply(host.sending, of)
          return of[0].state === 'sent' ? die() : etag
        }
        // What has died reads nothing any more.
        const { row } = host.sending
        host.sending.row = async (...of) => {
          const found = await row.apply(host.sending, of)
          return found?.state === 'sent' ? die() : found
        }
      },
    ],
  ]
  const inMode = deaths.flatMap(([when, lay]) => modes.map((mode) => [when, mode, lay] as const))
  it.each(inMode.filter(([when, mode]) => mode === 'draft' || !when.includes('draft')))(
    'a host dies after %s (%s)',
    async (_, mode, lay) => {
      const dying = kit.host()
      let deaths = 0
      lay(dying, () => {
        deaths += 1
        throw new Error('the host dies here')
      })
      const id = await kit.started(6, { mode })
      await kit.run(() => deaths > 0 || kit.sentOf(id).length >= 6, [dying])
      expect(deaths).toBeGreaterThan(0)
      await later(20 * minute)
      const { counts, state } = await kit.runUntil(id, over)
      expect(over).toContain(state)
      expect(new Set(each(id)).size).toBe(each(id).length)
      if (mode === 'draft') expect([counts.sent, counts.unknown, each(id)]).toEqual([6, 0, all(6)])
      else expect(counts.sent + counts.unknown).toBe(6)
      // Whatever was sent is told of as sent, or as not known: never as failed.
      expect(counts.failed).toBe(0)
    },
  )
})

describe('C37 what goes wrong outside is no error of the handler', () => {
  it.each([
    ['the store', () => kit.cosmos.faults.add({ match: { container: 'sending' }, times: -1, do: { status: 503 } })],
    [
      'the store, by throttling',
      () =>
        kit.cosmos.faults.add({ match: { container: 'sending' }, times: -1, do: { status: 429, retryAfterMs: 10 } }),
    ],
    [
      'where grants are',
      () => kit.cosmos.faults.add({ match: { container: 'mailbox-grants' }, times: -1, do: { status: 503 } }),
    ],
    [
      'where switches are',
      () => kit.cosmos.faults.add({ match: { container: 'operations' }, times: -1, do: { status: 503 } }),
    ],
  ])('%s is away for ten minutes: no dead letter, nothing lost, nothing twice', async (_, fail) => {
    const id = await kit.started(8)
    await kit.run(() => each(id).length >= 2)
    fail()
    const back = kit.now().getTime() + 10 * minute
    kit.advance(16_000)
    await kit.run(() => kit.now().getTime() >= back)
    kit.cosmos.faults.clear()
    await later(3 * minute)
    expect(await kit.runUntil(id, over)).toMatchObject({ counts: { failed: 0 } })
    expect(new Set(each(id)).size).toBe(each(id).length)
    expect((await show(id)).counts.sent + (await show(id)).counts.unknown).toBe(8)
    expect(kit.thrown).toEqual([])
  })

  const outages: [string, Deed][] = [
    ['503', { status: 503 }],
    ['503 and asks to wait', { status: 503, retryAfter: 60 }],
    ['429 without a time', { status: 429 }],
    ['429 with a time', { status: 429, retryAfter: 30 }],
  ]
  it.each(outages.flatMap(([what, deed]) => modes.map((mode) => [what, mode, deed] as const)))(
    'Microsoft answers %s for ten minutes (%s): no dead letter, no row has failed',
    async (_, mode, deed) => {
      const id = await kit.started(6, { mode })
      await kit.run(() => each(id).length >= 2)
      for (const path of ['me/messages', 'me/messages/:id/send', 'me/sendMail'])
        kit.graph.faults.add({ method: 'POST', path, times: -1, do: deed })
      const back = kit.now().getTime() + 10 * minute
      await kit.run(() => kit.now().getTime() >= back)
      kit.graph.faults.clear()
      await later(20 * minute)
      expect(await kit.runUntil(id, over)).toMatchObject({
        state: 'completed',
        counts: { sent: 6, failed: 0, unknown: 0 },
      })
      expect(each(id)).toEqual(all(6))
      expect(kit.thrown).toEqual([])
    },
  )

  it('whoever knows tokens is away for ten minutes: it waits, and nobody has to sign in', async () => {
    const id = await kit.started(3)
    kit.identity.tokenFaults.add({ what: 'down' })
    const back = kit.now().getTime() + 10 * minute
    await kit.run(() => kit.now().getTime() >= back)
    expect((await show(id)).state).toMatch(/waiting|running/)
    kit.identity.tokenFaults.clear()
    await later(2 * minute)
    expect((await kit.runUntil(id, over)).state).toBe('completed')
  })

  it('somebody signs in just as it is noted that they have to: it goes on', async () => {
    const slow = kit.host()
    const id = await kit.ready(3, {}, { as: 'carla' })
    await kit.allow('carla')
    must(await kit.at('start_campaign', id, { as: 'carla' }))
    await kit.disallow('carla')
    const { token } = slow.grants
    let asked = 0
    slow.grants.token = async (...of) => {
      const answer = await token.apply(slow.grants, of)
      asked += 1
      if (asked === 1) await kit.allow('carla')
      return answer
    }
    await kit.run(() => asked > 0, [slow])
    expect((await kit.runUntil(id, over, { as: 'carla' })).state).toBe('completed')
  })

  it.each([
    ['not JSON', 'wake up'],
    ['nothing', null],
    ['a list', []],
    ['no number', { mailboxId }],
    ['a number that is none', { mailboxId, number: '1' }],
    ['one below nothing', { mailboxId, number: -1 }],
    ['a mailbox that is none', { mailboxId: 'x', number: 1 }],
    ['another version', { version: 2, mailboxId, number: 1 }],
  ])('poison is parked at once with its reason: %s', async (_, body) => {
    const before = parked().length
    const [line] = await kit.deliver(body, { messageId: `poison-${before}` })
    expect(line).toMatchObject({
      event: 'parked',
      queue: 'ticks',
      messageId: `poison-${before}`,
      reason: expect.any(String),
    })
    expect(parked()).toHaveLength(before + 1)
    expect(JSON.stringify(parked())).not.toContain('marker')
  })

  it('what a later version has added to a tick is no poison, and is kept nowhere', async () => {
    const id = await kit.started(3)
    await kit.run(() => each(id).length >= 1)
    const mailbox = kit.stored('olivia').find(({ kind }) => kind === 'mailbox') as unknown as Mailbox
    const tick = { mailboxId, number: mailbox.wake.number, later: { to: 'marker@x.example' } }
    expect((await kit.deliver(tick)).filter(({ event }) => event === 'parked')).toEqual([])
    expect(await kit.runUntil(id, over)).toMatchObject({ counts: { sent: 3 } })
    expect(JSON.stringify([kit.stored('olivia'), parked(), kit.logged])).not.toContain('marker')
  })

  it('a tick of a mailbox that is not there is done with', async () => {
    expect(await kit.deliver({ mailboxId: 'm'.repeat(43), number: 7 })).toEqual([])
  })

  it('a campaign that is gone from the store holds nobody up', async () => {
    const [gone, there] = [await kit.started(5), await kit.started(5)]
    await kit.run(() => each(gone).length >= 1)
    await kit.services.sending.deleteItems(mailboxId, [campaignItem(gone)])
    expect((await kit.runUntil(there, over)).state).toBe('completed')
    const mailbox = await kit.services.sending.mailbox(mailboxId)
    expect(mailbox).toMatchObject({ claims: [], open: [] })
    expect(kit.thrown).toEqual([])
  })

  it('content that is gone fails its rows, and nothing is sent of it', async () => {
    const id = await kit.ready(3)
    await kit.services.content.delete({ campaignId: id })
    must(await kit.at('start_campaign', id))
    expect(await kit.runUntil(id, over)).toMatchObject({
      state: 'completed_with_errors',
      counts: { failed: 3, sent: 0 },
    })
    expect(kit.thrown).toEqual([])
  })

  it('the lock is lost after a successful send: the second delivery does nothing but wake', async () => {
    const id = await kit.started(3)
    const tick = { mailboxId, number: (await wake()).number }
    await kit.deliver(tick)
    const before = each(id).length
    const calls = kit.graph.calls.get('POST me/sendMail')
    for (const deliveryCount of [2, 3, 4]) await kit.deliver(tick, { deliveryCount })
    expect(kit.graph.calls.get('POST me/sendMail')).toBe(calls)
    expect(each(id)).toHaveLength(before)
    await kit.runUntil(id, over)
    expect(each(id)).toEqual(all(3))
  })

  it('a tick whose successor was never sent sends it when it comes again; the sweeper does when it does not', async () => {
    for (const by of ['redelivery', 'sweeper']) {
      const id = await kit.started(30)
      kit.bus.faults.add({ queue: 'ticks', do: 'lose', times: 1, delayMs: 0 })
      const tick = { mailboxId, number: (await wake()).number }
      await kit.run(() => each(id).length >= 2)
      if (by === 'redelivery') await kit.deliver(tick, { deliveryCount: 2 })
      await kit.run()
      if (by === 'sweeper') {
        expect(each(id).length).toBeLessThan(30)
        await later(2 * minute)
      }
      expect((await kit.runUntil(id, over)).state).toBe('completed')
      expect(each(id)).toEqual(all(30))
    }
  })

  it('the sweeper revives nobody too early, nobody twice in the same moment for harm, and nobody who sleeps', async () => {
    const id = await kit.ready(2)
    await kit.run()
    kit.bus.faults.add({ queue: 'ticks', do: 'lose', times: 1, delayMs: 0 })
    must(await kit.at('start_campaign', id))
    await kit.timer('sweep')
    expect(kit.queue().peek('main', 0, 10)).toEqual([])
    kit.advance(40_000)
    const swept = await Promise.all([kit.timer('sweep'), kit.timer('sweep', kit.host())])
    for (const lines of swept)
      expect(lines).toContainEqual(expect.objectContaining({ event: 'mailboxes_swept', mailboxes: 1 }))
    await kit.runUntil(id, over)
    await kit.run()
    expect(each(id)).toEqual([1, 2])
    kit.advance(10 * minute)
    expect(await kit.timer('sweep')).toEqual([])
  })

  it('told to stop, a host claims no more; what it has begun ends, and another goes on', async () => {
    const [stopping, other] = [kit.host(), kit.host()]
    const id = await kit.started(20)
    await kit.run(() => {
      if (each(id).length >= 2) stopping.draining.isOn = true
      return stopping.draining.isOn
    }, [stopping])
    const { claims = [] } = (await kit.services.sending.mailbox(mailboxId)) ?? {}
    expect(claims).toEqual([])
    const before = each(id).length
    const tick = { mailboxId, number: (await wake()).number }
    const waiting = kit.queue().peek('main', 0, 10).length
    await kit.deliver(tick, {}, stopping)
    expect(each(id)).toHaveLength(before)
    // Handed over: nobody waits for the sweeper.
    expect(kit.queue().peek('main', 0, 10)).toHaveLength(waiting + 1)
    await later(2 * minute, [other])
    expect(await kit.runUntil(id, over, {}, [other])).toMatchObject({
      state: 'completed',
      counts: { sent: 20, unknown: 0 },
    })
  })
})
