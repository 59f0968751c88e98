import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import { campaignItem } from '@securemailmerge/shared/merging/campaign'
import { ledgerItem } from '@securemailmerge/shared/merging/ledger'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { withClaim } from '@securemailmerge/shared/merging/windows'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'

const hour = 3_600_000
const day = 24 * hour
let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
beforeEach(() => kit.allow('olivia', { drafts: true }))
afterEach(async () => {
  kit.graph.faults.clear()
  kit.cosmos.faults.clear()
  await kit.run()
  // Whatever a test has left is over and gone before the next one.
  for (let month = 0; month < 3; month += 1) {
    kit.advance(31 * day)
    await tidied()
  }
})

const over = ['completed', 'completed_with_errors']
const mailboxId = mailboxIdOf(cast.olivia)
const show = (id: string) => kit.at('show_campaign', id)
const stateOf = async (id: string) => (await show(id)).json.state
const report = async (id: string) => (await kit.at('report_campaign', id)).text.split('\n').filter(Boolean)
const itemsOf = (id: string) => kit.cosmos.items('sending', mailboxId).filter((item) => String(item.id).includes(id))
async function tidied(on = kit.services) {
  const lines = await kit.timer('tidy', on)
  return {
    result: (lines.find(({ event }) => event === 'campaigns_tidied')?.result ?? {}) as Record<string, number>,
    stalled: lines.flatMap(({ event, campaign }) => (event === 'campaign_stalled' ? [campaign] : [])),
  }
}

/** A campaign as it would stand in the store, without the way into it. */
const aCampaign = (some: Partial<Campaign>): Campaign => {
  const campaignId = `${mailboxId}.${crypto.randomUUID().replaceAll('-', '').slice(0, 22)}`
  const at = kit.now().toISOString()
  return {
    ...{ id: campaignItem(campaignId), kind: 'campaign', mailboxId, campaignId, name: 'Old', from: null, mode: 'send' },
    ...{
      language: 'en',
      state: 'completed',
      why: null,
      fingerprint: 'f',
      footer: true,
      licensedUntil: null,
      list: null,
    },
    ...{
      recipients: 0,
      total: 0,
      skipped: 0,
      cursor: 0,
      again: [],
      retryFrom: null,
      counts: { sent: 0, failed: 0, unknown: 0 },
    },
    ...{ lately: '', bytes: 0, createdAt: at, startAt: null, startedAt: null, endedAt: at, movedAt: at },
    ...{ isEmptied: false, isSwept: true, ...some },
  }
}
async function put(some: Partial<Campaign>): Promise<Campaign> {
  const campaign = aCampaign(some)
  await kit.services.sending.createCampaign(campaign)
  return campaign
}

describe('a campaign without progress for 30 days ends', () => {
  const ways: Record<string, () => Promise<string>> = {
    draft: () => kit.create(),
    ready: () => kit.ready(1),
    async paused() {
      const id = await kit.started(1)
      must(await kit.at('pause_campaign', id))
      return id
    },
    async blocked() {
      kit.graph.faults.add({
        method: 'POST',
        path: 'me/sendMail',
        times: 1,
        do: { status: 403, code: 'ErrorSendAsDenied' },
      })
      const id = await kit.started(1)
      await kit.runUntil(id, ['blocked'])
      return id
    },
    async needs_sign_in() {
      const id = await kit.started(1)
      await kit.disallow('olivia')
      await kit.runUntil(id, ['needs_sign_in'])
      return id
    },
  }

  it.each(Object.keys(ways))('%s', async (state) => {
    const id = await (ways[state] as () => Promise<string>)()
    expect(await stateOf(id)).toBe(state)
    kit.advance(29.9 * day)
    await tidied()
    expect(await stateOf(id)).toBe(state)
    kit.advance(0.2 * day)
    expect((await tidied()).result.ended).toBe(1)
    expect((await show(id)).json).toMatchObject({ state: 'cancelled', why: 'idle', endedAt: expect.any(String) })
    expect((await tidied()).result.ended ?? 0).toBe(0)
    await kit.run()
    expect(kit.sentOf(id)).toEqual([])
  })

  it('one that is for later has not stood still until then: its sender has 30 days to sign in again', async () => {
    const id = await kit.ready(1)
    must(await kit.at('start_campaign', id, { body: { at: new Date(kit.now().getTime() + 29 * day).toISOString() } }))
    kit.advance(31 * day)
    await kit.timer('sweep')
    expect(await kit.runUntil(id, ['needs_sign_in'])).toMatchObject({ state: 'needs_sign_in' })
    await tidied()
    await kit.allow('olivia', { drafts: true })
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed', counts: { sent: 1 } })
  })

  it('one of which something becomes now and then goes on', async () => {
    const id = await kit.started(200)
    await kit.run(() => kit.sentOf(id).length >= 2)
    must(await kit.at('pause_campaign', id))
    for (let week = 0; week < 6; week += 1) {
      kit.advance(7 * day)
      await tidied()
      await kit.allow('olivia', { drafts: true })
      must(await kit.at('resume_campaign', id))
      const before = kit.sentOf(id).length
      await kit.run(() => kit.sentOf(id).length > before)
      must(await kit.at('pause_campaign', id))
      await kit.run()
    }
    expect(await stateOf(id)).toBe('paused')
  })
})

describe('what is over is kept for a while', () => {
  it('content for 7 days, rows for 30, then nothing', async () => {
    const id = await kit.started(3)
    await kit.runUntil(id, over)
    const rows = await report(id)
    const preview = async () => (await kit.at('preview_row', id, { params: { position: '1' } })).status
    kit.advance(6.9 * day)
    await tidied()
    expect([await preview(), await report(id)]).toEqual([200, rows])
    kit.advance(0.2 * day)
    expect((await tidied()).result.emptied).toBe(1)
    expect([await preview(), await report(id)]).toEqual([404, rows])
    expect(await kit.services.content.template({ campaignId: id })).toBeUndefined()
    expect((await show(id)).json.counts).toMatchObject({ sent: 3 })
    kit.advance(22.8 * day)
    await tidied()
    expect(await report(id)).toEqual(rows)
    kit.advance(0.2 * day)
    expect((await tidied()).result.deleted).toBe(1)
    expect((await show(id)).status).toBe(404)
    expect(itemsOf(id)).toEqual([])
  })

  it('unknown rows end as they are', async () => {
    kit.graph.faults.add({ method: 'POST', path: 'me/sendMail', times: 1, do: { drop: 'after' } })
    const id = await kit.started(1)
    expect((await kit.runUntil(id, over)).counts.unknown).toBe(1)
    kit.advance(30.1 * day)
    await tidied()
    expect((await show(id)).status).toBe(404)
  })

  it('every row goes within a day after the 30, also of a long list', async () => {
    const endedAt = new Date(kit.now().getTime() - 30.5 * day).toISOString()
    const campaign = await put({ endedAt, movedAt: endedAt, total: 1050, isEmptied: true })
    const { campaignId } = campaign
    for (let from = 0; from < 1050; from += 90) {
      const rows = Array.from({ length: Math.min(90, 1050 - from) }, (_, at) => from + at + 1).map((position) => ({
        create: {
          ...{ id: ledgerItem(campaignId, position), kind: 'row', mailboxId, campaignId, position, row: position },
          ...{ to: 'a@x.example', state: 'sent', attempts: 1, claim: null, draft: null, at: endedAt, why: null },
          ...{ isFinal: false, ttl: 1_000_000 },
        },
      }))
      await kit.services.sending.change(mailboxId, [], () => ({ answer: null, rows }))
    }
    await tidied()
    expect((await show(campaignId)).status).toBe(404)
    expect(itemsOf(campaignId)).toEqual([])
  })

  it('many that wait for their last day keep nobody’s content', async () => {
    const [old, newer] = [10, 8].map((days) => new Date(kit.now().getTime() - days * day).toISOString()) as [
      string,
      string,
    ]
    for (let count = 0; count < 230; count += 1) await put({ endedAt: old, movedAt: old, isEmptied: true })
    const { campaignId } = await put({ endedAt: newer, movedAt: newer })
    await kit.services.content.putTemplate({ campaignId }, { subject: 'x', html: 'x' })
    expect((await tidied()).result.emptied).toBe(1)
    expect(await kit.services.content.template({ campaignId })).toBeUndefined()
  })
})

describe('what should move and does not is told', () => {
  it('a campaign that nothing holds up and of which nothing became for an hour', async () => {
    const id = await kit.started(3)
    expect((await tidied()).stalled).toEqual([])
    kit.advance(1.1 * hour)
    expect((await tidied()).stalled).toEqual([id])
    await kit.runUntil(id, over)
    expect((await tidied()).stalled).toEqual([])
  })

  it('and none that waits for somebody or something', async () => {
    const paused = await kit.started(3)
    must(await kit.at('pause_campaign', paused))
    const later = await kit.ready(1)
    must(await kit.at('start_campaign', later, { body: { at: new Date(kit.now().getTime() + day).toISOString() } }))
    await kit.create()
    kit.advance(2 * hour)
    expect((await tidied()).stalled).toEqual([])
    must(await kit.at('cancel_campaign', later))
  })

  it('nor any while an operator has stopped sending, nor in the hour after it goes on', async () => {
    const id = await kit.started(3)
    const why = 'mails look wrong'
    await kit.command({ command: 'stop', switch: 'sending', why })
    kit.advance(5 * hour)
    expect((await tidied()).stalled).toEqual([])
    // Nobody has woken its mailbox yet, but somebody will.
    await kit.command({ command: 'go', switch: 'sending', why: 'mended' })
    expect((await tidied()).stalled).toEqual([])
    kit.advance(0.9 * hour)
    expect((await tidied()).stalled).toEqual([])
    // It has not moved, though it may.
    kit.advance(0.2 * hour)
    expect((await tidied()).stalled).toEqual([id])
    await kit.timer('sweep')
    await kit.runUntil(id, over)
  })

  it('nor any while a restore holds all sending', async () => {
    const id = await kit.started(1)
    kit.advance(5 * hour)
    await kit.services.operations.set('restored', true, 'a tick was ahead', 'restored-1')
    expect((await tidied()).stalled).toEqual([])
    await kit.services.operations.set('restored', false, 'accepted', 'restored-2')
    expect((await tidied()).stalled).toEqual([])
    await kit.timer('sweep')
    await kit.runUntil(id, over)
  })

  it('nor one whose next mail has more recipients than the day has room for', async () => {
    await kit.services.sending.change(mailboxId, [], ({ mailbox, now }) => ({
      answer: null,
      mailbox: { ...mailbox, windows: withClaim(mailbox.windows, { recipients: 9_999, bytes: 0 }, now) },
    }))
    const id = await kit.started(rowsOf(1).map((row) => ({ ...row, cc: ['cc@customers.example'] })))
    await kit.run()
    kit.advance(1.1 * hour)
    const { state, waitsUntil, expectedEnd } = (await show(id)).json
    expect(state).toBe('waiting_limit')
    expect(Date.parse(waitsUntil) - kit.now().getTime()).toBeGreaterThan(20 * hour)
    expect(Date.parse(expectedEnd)).toBeGreaterThan(Date.parse(waitsUntil))
    expect((await tidied()).stalled).toEqual([])
    kit.advance(25 * hour)
    await kit.timer('sweep')
    expect(await kit.runUntil(id, over)).toMatchObject({ state: 'completed' })
  })

  it('also among very many that nobody has started', async () => {
    const id = await kit.started(1)
    for (let count = 0; count < 230; count += 1) await put({ state: 'draft', endedAt: null })
    kit.advance(1.1 * hour)
    expect((await tidied()).stalled).toEqual([id])
    await kit.runUntil(id, over)
  })
})

describe('drafts that nobody knows', () => {
  it('are deleted some time after the end; those of people, and of mails in doubt, stay', async () => {
    const id = await kit.started(2, { mode: 'draft' })
    await kit.runUntil(id, over)
    const access = await kit.services.grants.token(mailboxId, kit.now())
    const token = access.kind === 'token' ? access.accessToken : ''
    const { mail } = await kit.services.rendering.ready((await kit.services.campaigns.see(cast.olivia, id)).campaign, 1)
    if ('problem' in mail) throw new Error(mail.problem)
    const made = await kit.services.mails.createDraft(token, mail)
    const own = await kit.services.mails.createDraft(token, { ...mail, stamp: 'own' })
    const draftId = made.kind === 'done' ? made.value.id : ''
    await tidied()
    expect(await kit.services.mails.look(token, draftId)).toEqual({ kind: 'done', value: 'draft' })
    kit.advance(20 * 60_000)
    expect((await tidied()).result.swept).toBe(1)
    const drafts = kit.graph.store.of(cast.olivia.mail, 'drafts').map((one) => one.id)
    expect(drafts).not.toContain(draftId)
    expect(drafts).toContain(own.kind === 'done' ? own.value.id : '')
    expect((await tidied()).result.swept ?? 0).toBe(0)
  })
})

describe('an outage', () => {
  it('ends the run; the next one does what is left', async () => {
    const id = await kit.ready(1)
    kit.advance(30.1 * day)
    kit.cosmos.faults.add({ match: { container: 'sending', operation: 'batch' }, times: -1, do: { status: 503 } })
    await expect(kit.timer('tidy')).rejects.toThrow()
    kit.cosmos.faults.clear()
    await tidied()
    expect(await stateOf(id)).toBe('cancelled')
  })

  it('of one campaign holds up no other', async () => {
    const ids = [await kit.ready(1), await kit.ready(1), await kit.ready(1)]
    kit.advance(30.1 * day)
    kit.cosmos.faults.add({ match: { container: 'sending', operation: 'batch' }, times: 1, do: { status: 500 } })
    await expect(kit.timer('tidy')).rejects.toThrow('Some campaigns')
    const states = await Promise.all(ids.map(stateOf))
    expect(states.filter((state) => state === 'cancelled')).toHaveLength(2)
    await tidied()
    for (const id of ids) expect(await stateOf(id)).toBe('cancelled')
  })

  it('two hosts at once end and delete each once', async () => {
    const ids = [await kit.ready(1), await kit.ready(rowsOf(2)), await kit.create()]
    kit.advance(30.1 * day)
    await Promise.all([tidied(), tidied(kit.host())])
    for (const id of ids) expect(await stateOf(id)).toBe('cancelled')
    kit.advance(31 * day)
    await Promise.all([tidied(), tidied(kit.host())])
    for (const id of ids) expect((await show(id)).status).toBe(404)
  })
})
