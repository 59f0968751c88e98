import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
beforeEach(() => kit.allow('olivia', { drafts: true, shared: true }))
afterEach(async () => {
  kit.graph.faults.clear()
  await kit.run()
  kit.advance(5 * 60_000)
})

/** A test mail counts as under way until its call must have ended. */
const CALL_MS = 30_000
/** A timer of this machine may be so much too early, on its clock. */
const TIMER_MS = 100
const sending = { method: 'POST', path: 'me/sendMail' }
const test = (id: string, body: object = {}, on = kit.services) =>
  kit.at('send_test', id, { body: { to: 'me@x.example', ...body } }, on)
const lastMail = () => kit.graph.delivered.at(-1)

describe('200', () => {
  it('the mail of a row, to one address and nobody else', async () => {
    const list = rowsOf(3).map((row) => ({ ...row, cc: 'boss@x.example', bcc: ['spy@x.example'] }))
    const id = await kit.ready(list)
    const { json } = must(await test(id, { position: 2, to: 'me@x.example' }))
    expect(json).toEqual({ outcome: 'sent' })
    const mail = lastMail()
    expect(mail).toMatchObject({ subject: 'For P2', to: [{ address: 'me@x.example' }], cc: [], bcc: [] })
    expect(mail?.html).toContain('Dear P2, your number is 2')
    expect((await kit.at('show_campaign', id)).json).toMatchObject({ state: 'ready', counts: { sent: 0, pending: 3 } })
  })

  it('the very mail that is sent: files, sender, footer or none', async () => {
    const attachments = [{ name: 'a.txt', contentType: 'text/plain', base64: Buffer.from('hello').toString('base64') }]
    const wish = {
      attachments,
      from: 'events@contoso.example',
      subject: 'For {{First}}',
      html: '<p>{{First}} {{No}}</p>',
      name: 'x',
    }
    for (const proof of [null, await kit.proving.proof('olivia')]) {
      const headers: Record<string, string> = proof ? { 'licence-proof': proof } : {}
      const id = String(must(await kit.ask('create_campaign', { headers, body: wish })).json.campaignId)
      must(await kit.upload(id, rowsOf(1)))
      must(await test(id))
      const tested = lastMail()
      kit.advance(60_000)
      must(await kit.at('start_campaign', id))
      await kit.runUntil(id, ['completed', 'completed_with_errors'])
      const sent = lastMail()
      const parts = ({ subject, html, from, files }: NonNullable<typeof sent>) => [subject, html, from, files]
      expect(parts(tested as never)).toEqual(parts(sent as never))
      expect(tested?.html.includes('securemailmerge.com')).toBe(proof === null)
      kit.advance(60_000)
    }
  })

  it('its files count for the bytes of the mailbox', async () => {
    const base64 = Buffer.alloc(1_500_000, 'x').toString('base64')
    const attachments = [{ name: 'a.txt', contentType: 'text/plain', base64 }]
    const id = await kit.ready(1, { attachments, mode: 'draft' })
    must(await test(id))
    const mailbox = await kit.services.sending.mailbox(String(id.split('.')[0]))
    expect(Math.max(...(mailbox?.windows.bytes.counts ?? []))).toBeGreaterThan(2_000_000)
  })

  it('nobody can tell: `unknown`, and it is not sent again', async () => {
    const id = await kit.ready(1)
    kit.graph.faults.add({ ...sending, times: 1, do: { drop: 'after' } })
    const before = kit.graph.delivered.length
    expect(must(await test(id)).json).toEqual({ outcome: 'unknown' })
    await kit.run()
    expect(kit.graph.delivered).toHaveLength(before + 1)
  })

  it('while the campaign runs, and after it', async () => {
    const id = await kit.started(1)
    await kit.runUntil(id, ['completed'])
    kit.advance(60_000)
    must(await test(id))
    expect((await kit.at('show_campaign', id)).json.counts).toMatchObject({ sent: 1 })
  })
})

describe('its pace', () => {
  it('waits for its place; 503 with the time to wait when that is not soon', async () => {
    const id = await kit.ready(1)
    const before = kit.graph.delivered.length
    const all = await Promise.all(Array.from({ length: 9 }, () => test(id)))
    const sent = all.filter(({ status }) => status === 200)
    expect(sent.length).toBeGreaterThanOrEqual(2)
    const refused = all.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThanOrEqual(1)
    for (const { json, headers } of refused) {
      expect(json.title).toBe('unavailable')
      expect(Number(headers['retry-after'])).toBeGreaterThan(5)
    }
    const times = kit.graph.delivered.slice(before).map(({ at }) => at)
    expect(times).toHaveLength(sent.length)
    // When they arrive hangs on this machine; their places do not, and none leaves before its own.
    const { windows } = (await kit.services.sending.mailbox(mailboxIdOf(cast.olivia))) ?? {}
    const places = windows?.ends.slice(-sent.length).map((latest) => latest - CALL_MS) ?? []
    expect(places).toHaveLength(sent.length)
    for (const [n, place] of places.entries()) {
      if (n > 0) expect(place - (places[n - 1] ?? 0)).toBeGreaterThanOrEqual(1_000)
      expect(times[n]).toBeGreaterThan(place - TIMER_MS)
    }
  })

  it('goes between the mails of a campaign that runs, the first time that it is asked for', async () => {
    const id = await kit.started(40)
    await kit.run(() => kit.sentOf(id).length >= 20)
    const going = kit.run(() => kit.sentOf(id).length >= 32)
    for (let n = 0; n < 3; n += 1) expect((await test(id)).json).toEqual({ outcome: 'sent' })
    await going
    must(await kit.at('cancel_campaign', id))
    expect(kit.graph.tooFast).toEqual([])
  })

  it('campaign and tests together never send more than 30 in a minute', async () => {
    const tooFast = kit.graph.tooFast.length
    const id = await kit.started(45)
    let tested = 0
    let asked = 0
    await kit.run(async () => {
      if (performance.now() - asked > 100) {
        asked = performance.now()
        const { status } = await test(id)
        if (status === 200) tested += 1
      }
      return kit.sentOf(id).length >= 45 + tested
    })
    expect(tested).toBeGreaterThan(1)
    expect(kit.graph.tooFast.length).toBe(tooFast)
  })

  it('counts for the day, and waits when the day is full', async () => {
    const id = await kit.ready(2, {}, { as: 'amir' })
    await kit.allow('amir')
    const shown = async () => (await kit.at('show_campaign', id, { as: 'amir' })).json
    expect((await shown()).perMinute).toBe(0)
    must(await kit.at('send_test', id, { as: 'amir', body: { to: 'me@x.example' } }))
    kit.advance(45_000)
    expect((await shown()).perMinute).toBe(1)
  })
})

describe('refused', () => {
  it('409: there is no list yet', async () => {
    const { status, json } = await test(await kit.create())
    expect([status, json.title]).toEqual([409, 'campaign_state'])
  })

  it('404: there is no such row', async () => {
    expect((await test(await kit.ready(1), { position: 2 })).status).toBe(404)
  })

  it.each([{ to: 'nobody' }, { to: undefined }, { to: ['a@x.example'] }, { position: 0 }, { cc: 'a@x.example' }])(
    '400: %j',
    async (body) => expect((await test(await kit.ready(1), body)).status).toBe(400),
  )

  it('403: sending was never allowed, or is no longer', async () => {
    const id = await kit.ready(1, {}, { as: 'carla' })
    const { status, json } = await kit.at('send_test', id, { as: 'carla', body: { to: 'me@x.example' } })
    expect([status, json.title, json.why]).toEqual([403, 'not_allowed', 'needs_sign_in'])
  })

  it('403: Microsoft refuses, and says why', async () => {
    const id = await kit.ready(1, { from: 'board@contoso.example' })
    const { status, json } = await test(id)
    expect([status, json.title, json.why]).toEqual([403, 'not_allowed', 'ErrorSendAsDenied'])
  })

  it('503: Microsoft asks to wait: the campaign of that mailbox waits as well', async () => {
    const id = await kit.ready(3)
    kit.graph.faults.add({ ...sending, times: 1, do: { status: 429, retryAfter: 600 } })
    const { status, json, headers } = await test(id)
    expect([status, json.title]).toEqual([503, 'unavailable'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(500)
    const refusedAt = kit.now().getTime()
    expect(must(await kit.at('start_campaign', id)).json.state).toBe('waiting')
    expect((await kit.runUntil(id, ['completed'])).counts).toMatchObject({ sent: 3, failed: 0 })
    expect((kit.mailsOf(id)[0]?.at ?? 0) - refusedAt).toBeGreaterThan(500_000)
  })

  it('503: Microsoft is busy', async () => {
    const id = await kit.ready(1)
    kit.graph.faults.add({ ...sending, times: 1, do: { status: 503 } })
    const { status, json } = await test(id)
    expect([status, json.title]).toEqual([503, 'unavailable'])
  })

  it('a token that Microsoft refuses is not used again: another one is, once', async () => {
    const id = await kit.ready(1)
    must(await test(id))
    const asked = kit.identity.counts().token
    kit.advance(60_000)
    kit.graph.faults.add({ ...sending, times: 1, do: { status: 401 } })
    expect(must(await test(id)).json).toEqual({ outcome: 'sent' })
    expect(kit.identity.counts().token).toBe(asked + 1)
    kit.advance(60_000)
    kit.graph.faults.add({ ...sending, times: 2, do: { status: 401 } })
    expect((await test(id)).json).toMatchObject({ status: 403, why: 'InvalidAuthenticationToken' })
  })

  it('400: Microsoft does not know the address', async () => {
    const id = await kit.ready(1)
    kit.graph.act.refuseAddress('mistyped@x.example')
    const { status, json } = await test(id, { to: 'mistyped@x.example' })
    expect([status, json.errors]).toEqual([400, [{ at: 'body.to', fault: 'not_an_address' }]])
  })

  it('503: Microsoft gives no token at the moment', async () => {
    const id = await kit.ready(1)
    kit.identity.tokenFaults.add({ what: 'status' })
    const { status, json, headers } = await test(id, {}, kit.host())
    kit.identity.tokenFaults.clear()
    expect([status, json.title, headers['retry-after']]).toEqual([503, 'unavailable', '30'])
  })

  it('503: while an operator has stopped sending, also for a host that has sent before', async () => {
    const id = await kit.ready(1)
    must(await test(id))
    await kit.command({ command: 'stop', switch: 'sending', why: 'test' })
    kit.advance(60_000)
    const before = kit.graph.delivered.length
    for (const on of [kit.services, kit.host()]) {
      const { status, json, headers } = await test(id, {}, on)
      expect([status, json.title, headers['retry-after']]).toEqual([503, 'unavailable', '60'])
    }
    expect(kit.graph.delivered).toHaveLength(before)
    await kit.command({ command: 'go', switch: 'sending', why: 'test' })
    must(await test(id))
  })

  it('429: who tests without end', async () => {
    const id = await kit.ready(1)
    const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await test(id)).status))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1)
  })
})

it('a mail that is tested names nobody in the store or in a line that is logged', async () => {
  const id = await kit.ready(1)
  const { lines } = must(await test(id, { to: 'marker@x.example' }))
  expect(JSON.stringify([lines, kit.stored('olivia')])).not.toContain('marker')
})
