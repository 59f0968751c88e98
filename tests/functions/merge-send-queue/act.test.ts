import { cancel } from '@securemailmerge/shared/merging/acts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, type CampaignRoute, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'
import { aRow } from '../../kit/merging-builders.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
beforeEach(() => kit.allow('olivia', { drafts: true, shared: true }))
afterEach(async () => {
  kit.graph.faults.clear()
  kit.graph.act.setState(cast.olivia.mail, 'open')
  for (const { address } of rowsOf(20).map(({ to }) => ({ address: String(to) })))
    kit.graph.act.refuseAddress(address, false)
  for (const { campaignId, endedAt } of (await kit.ask('list_campaigns')).json.campaigns)
    if (endedAt === null) await kit.services.campaigns.act(cast.olivia, campaignId, cancel)
  await kit.run()
  kit.advance(3 * 60_000)
})

const over = ['completed', 'completed_with_errors']
const show = async (id: string) => (await kit.at('show_campaign', id)).json
const inMs = (ms: number) => new Date(kit.now().getTime() + ms).toISOString()
const report = async (id: string) =>
  (await kit.at('report_campaign', id)).text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
const sending = { method: 'POST', path: 'me/sendMail' }

/** Ways into each state. */
const into = {
  draft: () => kit.create(),
  ready: () => kit.ready(2),
  async scheduled() {
    const id = await kit.ready(2)
    must(await kit.at('start_campaign', id, { body: { at: inMs(86_400_000) } }))
    return id
  },
  running: () => kit.started(2),
  async paused() {
    const id = await kit.started(2)
    must(await kit.at('pause_campaign', id))
    return id
  },
  async blocked() {
    kit.graph.faults.add({ ...sending, times: 1, do: { status: 403, code: 'ErrorSendAsDenied' } })
    const id = await kit.started(2)
    await kit.runUntil(id, ['blocked'])
    return id
  },
  async completed() {
    const id = await kit.started(1)
    await kit.runUntil(id, over)
    return id
  },
  async completed_with_errors() {
    kit.graph.act.refuseAddress('p1@customers.example')
    const id = await kit.started(1)
    await kit.runUntil(id, over)
    return id
  },
  async cancelled() {
    const id = await kit.ready(2)
    must(await kit.at('cancel_campaign', id))
    return id
  },
}
type State = keyof typeof into
const states = Object.keys(into) as State[]

/** What each act makes of each state; a number is the status that refuses it. */
const table: Record<string, Record<State, string | number>> = {
  start_campaign: {
    ...{ draft: 409, ready: 'running', scheduled: 'running', running: 'running', paused: 409, blocked: 409 },
    ...{ completed: 409, completed_with_errors: 409, cancelled: 409 },
  },
  pause_campaign: {
    ...{ draft: 409, ready: 409, scheduled: 'paused', running: 'paused', paused: 'paused', blocked: 409 },
    ...{ completed: 409, completed_with_errors: 409, cancelled: 409 },
  },
  resume_campaign: {
    ...{ draft: 409, ready: 409, scheduled: 'scheduled', running: 'running', paused: 'running', blocked: 'running' },
    ...{ completed: 409, completed_with_errors: 409, cancelled: 409 },
  },
  cancel_campaign: {
    ...{ draft: 'cancelled', ready: 'cancelled', scheduled: 'cancelled', running: 'cancelled', paused: 'cancelled' },
    ...{ blocked: 'cancelled', completed: 409, completed_with_errors: 409, cancelled: 'cancelled' },
  },
  retry_campaign: {
    ...{ draft: 409, ready: 409, scheduled: 'scheduled', running: 'running', paused: 'paused', blocked: 'blocked' },
    ...{ completed: 'completed', completed_with_errors: 'running', cancelled: 409 },
  },
  delete_campaign: {
    ...{ draft: 'cancelled', ready: 'cancelled', scheduled: 409, running: 409, paused: 409, blocked: 409 },
    ...{ completed: 'completed', completed_with_errors: 'completed_with_errors', cancelled: 'cancelled' },
  },
  upload_recipients: {
    ...{ draft: 'ready', ready: 'ready', scheduled: 409, running: 409, paused: 409, blocked: 409 },
    ...{ completed: 409, completed_with_errors: 409, cancelled: 409 },
  },
}

describe.each(states)('%s', (state) => {
  it.each(Object.keys(table) as CampaignRoute[])('%s', async (act) => {
    const id = await into[state]()
    expect((await show(id)).state).toBe(state)
    const expected = table[act]?.[state]
    const { status, json } = act === 'upload_recipients' ? await kit.upload(id, rowsOf(3)) : await kit.at(act, id)
    expect([status, json.title]).toEqual(typeof expected === 'number' ? [expected, 'campaign_state'] : [200, undefined])
    expect((await show(id)).state).toBe(typeof expected === 'number' ? state : expected)
    if (typeof expected === 'number') expect(json.state).toBe(state === 'scheduled' ? 'running' : state)
  })

  it('settle_row: there is nothing unknown', async () => {
    const id = await into[state]()
    for (const as of ['sent', 'again']) {
      const { status } = await kit.at('settle_row', id, { params: { position: '1' }, body: { as } })
      expect(status).toBe(404)
    }
  })
})

describe('pause and resume', () => {
  it('no mail is begun after a pause; resumed twice it goes on once, and none is lost or doubled', async () => {
    const id = await kit.started(14, { mode: 'draft' })
    await kit.run(() => kit.sentOf(id).length >= 3)
    must(await kit.at('pause_campaign', id))
    const { counts } = await show(id)
    await kit.run()
    expect(kit.sentOf(id).length).toBeLessThanOrEqual(counts.sent + counts.sending)
    const paused = await show(id)
    expect(paused).toMatchObject({ state: 'paused', why: 'by_sender', expectedEnd: null })
    expect(paused.counts.sending).toBe(0)
    kit.advance(3_600_000)
    await kit.run()
    expect((await show(id)).counts).toEqual(paused.counts)
    await Promise.all([kit.at('resume_campaign', id), kit.at('resume_campaign', id)])
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 14 } })
    expect(kit.sentOf(id).toSorted((a, b) => a - b)).toEqual(rowsOf(14).map(({ row }) => row))
  })

  it('one that is paused before its instant goes at its instant, or at once when that is over', async () => {
    for (const wait of [0, 2 * 86_400_000]) {
      const id = await into.scheduled()
      must(await kit.at('pause_campaign', id))
      kit.advance(wait)
      await kit.run()
      const { json } = must(await kit.at('resume_campaign', id))
      expect(json.state).toBe(wait === 0 ? 'scheduled' : 'running')
      if (wait > 0) expect((await kit.runUntil(id, over)).state).toBe('completed')
    }
  })
})

describe('cancel', () => {
  it('what is handed over stays sent and is counted; the rest is never sent', async () => {
    const id = await kit.started(14)
    await kit.run(() => kit.sentOf(id).length >= 3)
    const { json } = must(await kit.at('cancel_campaign', id))
    expect(json).toMatchObject({ state: 'cancelled', endedAt: expect.any(String) })
    kit.advance(3_600_000)
    await kit.run()
    const { counts } = await show(id)
    const sent = kit.sentOf(id).length
    expect(counts).toEqual({ sent, failed: 0, unknown: 0, sending: 0, pending: 14 - sent })
    expect(sent).toBeLessThan(14)
    const rows = (await report(id)).map(({ state }) => state)
    expect(rows.filter((state) => state === 'sent')).toHaveLength(sent)
    expect(rows.filter((state) => state === 'cancelled')).toHaveLength(14 - sent)
  })
})

describe('retry', () => {
  it('what may have passed is tried once more, what is final is not', async () => {
    kit.graph.act.refuseAddress('p2@customers.example')
    kit.graph.faults.add({ ...sending, times: -1, do: { status: 503 } })
    const id = await kit.started(4)
    expect(await kit.runUntil(id, over)).toMatchObject({
      state: 'completed_with_errors',
      counts: { failed: 4, sent: 0 },
    })
    expect(new Set((await report(id)).map(({ why }) => why))).toEqual(new Set(['ErrorServerBusy']))
    kit.graph.faults.clear()
    must(await kit.at('retry_campaign', id))
    expect(await kit.runUntil(id, over)).toMatchObject({
      state: 'completed_with_errors',
      counts: { sent: 3, failed: 1 },
    })
    expect(kit.sentOf(id).toSorted()).toEqual([1, 3, 4])
    must(await kit.at('retry_campaign', id))
    expect(await kit.runUntil(id, over)).toMatchObject({ counts: { sent: 3, failed: 1 } })
    expect(kit.sentOf(id)).toHaveLength(3)
  })

  it('409: nothing can be tried again whose content is gone, and the report stays what it was', async () => {
    const id = await into.completed_with_errors()
    const before = await report(id)
    must(await kit.at('delete_campaign', id))
    const { status, json } = await kit.at('retry_campaign', id)
    expect([status, json.title]).toEqual([409, 'campaign_state'])
    await kit.run()
    expect(await report(id)).toEqual(before)
  })
})

describe('settle', () => {
  const settle = (id: string, position: number, as: string) =>
    kit.at('settle_row', id, { params: { position: String(position) }, body: { as } })
  /** A campaign of two, of whose first nobody knows. */
  async function unknown(when: 'before' | 'after' = 'after') {
    kit.graph.faults.add({ ...sending, times: 1, do: { drop: when } })
    const id = await kit.started(2)
    expect(await kit.runUntil(id, over)).toMatchObject({
      state: 'completed_with_errors',
      counts: { unknown: 1, sent: 1 },
    })
    const position = (await report(id)).find(({ state }) => state === 'unknown').position as number
    return { id, position }
  }

  it('it was sent: counted, and the campaign is complete', async () => {
    const { id, position } = await unknown()
    expect((await report(id))[position - 1]).toMatchObject({ state: 'unknown', why: 'no_answer' })
    expect(must(await settle(id, position, 'sent')).json).toMatchObject({
      state: 'completed',
      counts: { sent: 2, unknown: 0 },
    })
    expect((await report(id))[position - 1]).toMatchObject({ state: 'sent', why: 'said_by_sender' })
    await kit.run()
    expect(kit.sentOf(id)).toHaveLength(2)
  })

  it('it is to be sent again: once, whoever asks how often', async () => {
    const { id, position } = await unknown('before')
    const all = await Promise.all(Array.from({ length: 5 }, () => settle(id, position, 'again')))
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 2, unknown: 0 } })
    expect(kit.sentOf(id).toSorted()).toEqual([1, 2])
    expect(must(await settle(id, position, 'again')).json.state).toBe('completed')
    await kit.run()
    expect(kit.sentOf(id).toSorted()).toEqual([1, 2])
    expect((await settle(id, position, 'sent')).status).toBe(404)
    expect((await settle(id, position === 1 ? 2 : 1, 'again')).status).toBe(404)
  })

  it('nothing is sent again by itself: not by a retry, a sweep or a resume', async () => {
    const { id } = await unknown()
    must(await kit.at('retry_campaign', id))
    kit.advance(3_600_000)
    await kit.timer('sweep')
    await kit.run()
    expect(await show(id)).toMatchObject({ state: 'completed_with_errors', counts: { unknown: 1 } })
    expect(kit.sentOf(id)).toHaveLength(2)
  })

  it('409: again after it was cancelled, or when its content is gone', async () => {
    kit.graph.faults.add({ ...sending, times: 1, do: { drop: 'after' } })
    const id = await kit.started(30)
    await kit.run(async () => (await show(id)).counts.unknown > 0)
    must(await kit.at('cancel_campaign', id))
    const { position } = (await report(id)).find(({ state }) => state === 'unknown')
    expect((await settle(id, position, 'again')).json.title).toBe('campaign_state')
    expect(must(await settle(id, position, 'sent')).json).toMatchObject({ state: 'cancelled', counts: { unknown: 0 } })
    const gone = await unknown()
    must(await kit.at('delete_campaign', gone.id))
    expect((await settle(gone.id, gone.position, 'again')).json.title).toBe('campaign_state')
    expect(must(await settle(gone.id, gone.position, 'sent')).json.state).toBe('completed')
  })

  it('many at once, all or none', async () => {
    kit.graph.faults.add({ ...sending, times: 3, do: { drop: 'before' } })
    const id = await kit.started(5)
    expect((await kit.runUntil(id, over)).counts).toMatchObject({ unknown: 3, sent: 2 })
    const [one, two, three] = (await report(id)).filter(({ state }) => state === 'unknown').map((row) => row.position)
    const settleAll = (positions: number[], as: string) => kit.at('settle_rows', id, { body: { positions, as } })
    const sent = (await report(id)).find(({ state }) => state === 'sent').position
    expect((await settleAll([one, sent], 'again')).status).toBe(404)
    expect((await show(id)).counts).toMatchObject({ unknown: 3 })
    const all = await Promise.all([settleAll([one, two, one], 'again'), settleAll([one, two], 'again')])
    expect(all.map(({ status }) => status)).toEqual([200, 200])
    expect(must(await settleAll([three], 'sent')).json.counts).toMatchObject({ unknown: 0 })
    expect(must(await settleAll([one, two], 'again')).json.counts).toMatchObject({ unknown: 0 })
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 5, failed: 0 } })
    expect(kit.sentOf(id)).toHaveLength(4)
  })

  it('ninety in one call, and not one more', async () => {
    const positions = Array.from({ length: 91 }, (_, at) => at + 1)
    const id = await kit.ready(91)
    expect((await kit.at('settle_rows', id, { body: { positions, as: 'sent' } })).status).toBe(400)
    const { campaign } = await kit.services.campaigns.see(cast.olivia, id)
    await kit.services.sending.change(campaign.mailboxId, [id], ({ campaigns, now }) => ({
      answer: null,
      campaigns: [...campaigns.values()].map((one) => ({
        ...one,
        ...{ state: 'cancelled', cursor: 90, counts: { sent: 0, failed: 0, unknown: 90 }, endedAt: now.toISOString() },
      })),
      rows: positions.slice(0, 90).map((position) => ({
        create: aRow({ mailboxId: campaign.mailboxId, campaignId: id, position, state: 'unknown' }),
      })),
    }))
    const { json } = must(await kit.at('settle_rows', id, { body: { positions: positions.slice(0, 90), as: 'sent' } }))
    expect(json.counts).toMatchObject({ sent: 90, unknown: 0 })
  })

  it.each([{}, { as: 'maybe' }, { as: 'sent', row: 1 }])('400: %j', async (body) => {
    const id = await into.ready()
    expect((await kit.at('settle_row', id, { params: { position: '1' }, body })).status).toBe(400)
  })
})

describe('C30 one bad recipient, one denied sender', () => {
  it('400 ErrorInvalidRecipients for one row: that row alone fails, once', async () => {
    kit.graph.act.refuseAddress('p3@customers.example')
    for (const mode of ['draft', 'send'] as const) {
      const id = await kit.started(5, { mode })
      expect(await kit.runUntil(id, over)).toMatchObject({ counts: { sent: 4, failed: 1, unknown: 0 } })
      expect(kit.sentOf(id).toSorted()).toEqual([1, 2, 4, 5])
      expect((await report(id))[2]).toMatchObject({ row: 3, state: 'failed', why: 'ErrorInvalidRecipients' })
    }
  })

  it.each([
    ['403 ErrorSendAsDenied', { status: 403, code: 'ErrorSendAsDenied' }, 'ErrorSendAsDenied'],
    ['404 no such mailbox', { status: 404, code: 'MailboxNotEnabledForRESTAPI' }, 'MailboxNotEnabledForRESTAPI'],
    ['403 account suspended', { status: 403, code: 'ErrorAccountSuspend' }, 'ErrorAccountSuspend'],
  ])('%s for every row: it stops after the first, blocked, and goes on when it is mended', async (_, fault, why) => {
    for (const mode of ['draft', 'send'] as const) {
      const id = await kit.started(20, { mode })
      await kit.run(() => kit.sentOf(id).length >= 2)
      const before = kit.sentOf(id).length
      for (const path of ['me/sendMail', 'me/messages', 'me/messages/:id/send'])
        kit.graph.faults.add({ method: 'POST', path, times: -1, do: fault })
      const asked = () =>
        ['me/sendMail', 'me/messages'].reduce((sum, path) => sum + (kit.graph.calls.get(`POST ${path}`) ?? 0), 0)
      const calls = asked()
      expect(await kit.runUntil(id, ['blocked'])).toMatchObject({
        state: 'blocked',
        why,
        counts: { failed: 0, unknown: 0 },
      })
      kit.advance(3_600_000)
      await kit.timer('sweep')
      await kit.run()
      expect(asked() - calls).toBeLessThanOrEqual(3)
      const sent = kit.sentOf(id)
      expect(sent.length - before).toBeLessThanOrEqual(3)
      kit.graph.faults.clear()
      must(await kit.at('resume_campaign', id))
      expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 20, failed: 0 } })
      expect(kit.sentOf(id).slice(0, sent.length)).toEqual(sent)
      expect(kit.sentOf(id).toSorted((a, b) => a - b)).toEqual(rowsOf(20).map(({ row }) => row))
      expect(kit.queue().peek('deadLetter', 0, 1)).toEqual([])
    }
  })

  it('a shared mailbox that one may not send as, until an administrator permits it', async () => {
    const board = 'board@contoso.example'
    const id = await kit.started(4, { from: board })
    expect(await kit.runUntil(id, ['blocked'])).toMatchObject({
      why: 'ErrorSendAsDenied',
      counts: { sent: 0, failed: 0 },
    })
    kit.graph.act.permit(board, cast.olivia.mail, 'send_as')
    must(await kit.at('resume_campaign', id))
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 4 } })
    expect(new Set(kit.mailsOf(id).map(({ from }) => from))).toEqual(new Set([board]))
    kit.graph.act.permit(board, cast.olivia.mail, 'none')
  })

  it.each([{ from: 'events@contoso.example' }, { mode: 'draft' }])(
    'a right that the sign-in did not give, and that one campaign alone needs: %j is blocked, the others go on',
    async (wish) => {
      const id = await kit.ready(3, wish)
      must(await kit.at('start_campaign', id, { body: { at: inMs(60_000) } }))
      kit.identity.consents.withdraw(cast.olivia)
      await kit.allow('olivia')
      kit.advance(60_000)
      const fine = await kit.started(6)
      expect((await kit.runUntil(fine, over)).state).toBe('completed')
      expect(await show(id)).toMatchObject({
        state: 'blocked',
        why: 'ErrorAccessDenied',
        counts: { pending: 3, failed: 0 },
      })
      await kit.allow('olivia', { drafts: true, shared: true })
      must(await kit.at('resume_campaign', id))
      expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 3 } })
    },
  )

  it('another campaign of the mailbox, from another sender, goes on', async () => {
    const denied = await kit.started(4, { from: 'board@contoso.example' })
    const fine = await kit.started(4)
    expect((await kit.runUntil(fine, over)).state).toBe('completed')
    expect((await show(denied)).state).toBe('blocked')
  })

  it('consent withdrawn on the way: it waits, no row is used up, and it goes on after the next sign-in', async () => {
    const id = await kit.started(20)
    await kit.run(() => kit.sentOf(id).length >= 3)
    kit.identity.consents.revokeSessions(cast.olivia, kit.now())
    kit.identity.consents.withdraw(cast.olivia)
    kit.graph.faults.add({ ...sending, times: -1, do: { status: 401 } })
    const lost = await kit.runUntil(id, ['needs_sign_in', 'consent_withdrawn'])
    expect(lost.counts).toMatchObject({ failed: 0, unknown: 0 })
    const sent = kit.sentOf(id)
    kit.advance(600_000)
    await kit.run()
    expect(kit.sentOf(id)).toEqual(sent)
    kit.graph.faults.clear()
    await kit.allow('olivia')
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 20, failed: 0 } })
    expect(kit.sentOf(id).toSorted((a, b) => a - b)).toEqual(rowsOf(20).map(({ row }) => row))
  })

  it('most of it fails: it is paused before the whole list is burned', async () => {
    kit.graph.faults.add({ ...sending, times: -1, do: { status: 400, code: 'ErrorInvalidRecipients' } })
    const id = await kit.started(60)
    const { counts, why } = await kit.runUntil(id, ['paused', ...over])
    expect(why).toBe('mostly_failing')
    expect(counts.failed).toBeGreaterThanOrEqual(15)
    expect(counts.failed).toBeLessThan(30)
  })
})
