import fr from '@securemailmerge/shared/languages/mail.fr.json' with { type: 'json' }
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CastKey, cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'

const day = 86_400_000
const minute = 60_000
let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
beforeEach(async () => {
  for (const person of ['olivia', 'amir'] as const) await kit.allow(person, { drafts: true })
})
afterEach(async () => {
  kit.cosmos.faults.clear()
  kit.graph.faults.clear()
  await kit.run()
  kit.advance(2 * minute)
})

const start = (id: string, body: object = {}, headers: Record<string, string> = {}, as: CastKey = 'olivia') =>
  kit.at('start_campaign', id, { as, body, headers })
const inMs = (ms: number) => new Date(kit.now().getTime() + ms).toISOString()
const over = ['completed', 'completed_with_errors']

describe('at once', () => {
  it('200: it runs, and its mails leave', async () => {
    const id = await kit.ready(3)
    const began = kit.now().getTime()
    const { json } = must(await start(id))
    expect(json).toMatchObject({ state: 'running', startAt: null, waitsUntil: null, counts: { pending: 3 } })
    expect(Date.parse(json.expectedEnd)).toBeGreaterThan(began)
    await kit.runUntil(id, over)
    expect(kit.sentOf(id)).toEqual([1, 2, 3])
  })

  it('an instant of the past is now', async () => {
    const id = await kit.ready(1)
    expect(must(await start(id, { at: inMs(-30 * day) })).json).toMatchObject({ state: 'running', startAt: null })
    expect((await kit.runUntil(id, over)).state).toBe('completed')
  })

  it.each(['draft', 'send'] as const)('each row gets its own mail, by %s', async (mode) => {
    const id = await kit.started(8, { mode })
    await kit.runUntil(id, over)
    const mails = kit
      .mailsOf(id)
      .map(({ to, subject, html }) => [to[0]?.address, subject, /number is (\d+)/.exec(html)?.[1]])
    expect(mails.toSorted()).toEqual(
      rowsOf(8).map(({ row }) => [`p${row}@customers.example`, `For P${row}`, String(row)]),
    )
  })
})

it.each([
  ['draft', 3 * 1024 * 1024],
  ['send', 2_950_000],
])('the largest file that is taken goes out by %s', async (mode, bytes) => {
  const base64 = Buffer.alloc(bytes, 1).toString('base64')
  const attachments = [{ name: 'a.bin', contentType: 'application/octet-stream', base64 }]
  const id = await kit.started(1, { mode, attachments })
  expect((await kit.runUntil(id, over)).state).toBe('completed')
  expect(kit.mailsOf(id)[0]?.files).toMatchObject([{ name: 'a.bin', size: bytes }])
})

describe('at an instant', () => {
  it('nothing leaves before it, and all after it', async () => {
    const id = await kit.ready(3)
    const at = inMs(6 * 60 * minute)
    const { json } = must(await start(id, { at }))
    expect(json).toMatchObject({ state: 'scheduled', startAt: at, waitsUntil: at, counts: { pending: 3, sent: 0 } })
    expect(Date.parse(json.expectedEnd)).toBeGreaterThan(Date.parse(at))
    await kit.run()
    expect(kit.sentOf(id)).toEqual([])
    kit.advance(5.5 * 60 * minute)
    expect((await kit.runUntil(id, over)).state).toBe('completed')
    expect(Math.min(...kit.mailsOf(id).map((mail) => mail.at))).toBeGreaterThanOrEqual(Date.parse(at))
  })

  it('another campaign of the mailbox goes at once all the same, and the first on its day', async () => {
    const later = await kit.ready(2)
    must(await start(later, { at: inMs(day) }))
    const now = await kit.started(2)
    expect((await kit.runUntil(now, over)).state).toBe('completed')
    expect(kit.sentOf(later)).toEqual([])
    kit.advance(day)
    expect((await kit.runUntil(later, over)).state).toBe('completed')
  })

  it.each([
    ['+01:00', 60],
    ['-09:30', -570],
    ['Z', 0],
  ])('as its sender’s clock has it, with %s: it is shown in UTC', async (zone, minutes) => {
    const at = inMs(6 * 60 * minute)
    const local = new Date(Date.parse(at) + minutes * minute).toISOString().replace('Z', zone)
    const id = await kit.ready(1)
    expect(must(await start(id, { at: local })).json).toMatchObject({ state: 'scheduled', startAt: at })
    must(await kit.at('cancel_campaign', id))
  })

  it('400: more than 30 days ahead, or no instant', async () => {
    const id = await kit.ready(1)
    expect((await start(id, { at: inMs(30 * day + minute) })).json.errors).toEqual([
      { at: 'body.at', fault: 'more_than_30_days_ahead' },
    ])
    for (const at of ['tomorrow', '2026-03-29T02:30', 1, '']) {
      const { status, json } = await start(id, { at })
      expect([status, json.errors[0].at]).toEqual([400, 'body.at'])
    }
    expect((await kit.at('show_campaign', id)).json.state).toBe('ready')
    expect(must(await start(id, { at: inMs(30 * day - minute) })).json.state).toBe('scheduled')
    must(await kit.at('cancel_campaign', id))
  })
})

describe('refused before the first mail', () => {
  it('409: without a list', async () => {
    const { status, json } = await start(await kit.create())
    expect([status, json.title, json.state]).toEqual([409, 'campaign_state', 'draft'])
  })

  it('422: a field of the template that no column has, whatever is left out', async () => {
    const id = await kit.ready(2, { html: '<p>{{First}} {{Surname}}</p>' })
    for (const leaveOut of [false, true]) {
      const { status, json } = await start(id, { leaveOut })
      expect([status, json.title, json.unknownFields]).toEqual([422, 'template_invalid', ['Surname']])
    }
  })

  it('422: rows that cannot be sent, until somebody says to leave them out', async () => {
    const rows = [...rowsOf(2), { row: 3, to: 'x', fields: { First: 'a', No: 'b' } }]
    const id = await kit.ready([...rows, { row: 4, to: 'd@x.example', fields: { First: '', No: '4' } }])
    const { status, json } = await start(id)
    expect([status, json.title, json.leftOut]).toEqual([422, 'template_invalid', 2])
    expect((await kit.at('show_campaign', id)).json.state).toBe('ready')
    must(await start(id, { leaveOut: true }))
    expect(await kit.runUntil(id, over)).toMatchObject({
      state: 'completed_with_errors',
      counts: { sent: 2 },
      skipped: 2,
    })
  })

  it('409: the list that was looked at is not the one that would be sent', async () => {
    const id = await kit.ready(2)
    const slow = kit.host()
    const note = slow.content.note.bind(slow.content)
    slow.content.note = async (...of) => {
      const found = await note(...of)
      must(await kit.upload(id, [...rowsOf(1), { row: 2, to: 'nobody', fields: { First: 'a', No: 'b' } }]))
      return found as never
    }
    const { status, json } = await kit.at('start_campaign', id, { body: {} }, slow)
    expect([status, json.title]).toEqual([409, 'changed_meanwhile'])
    expect((await kit.at('show_campaign', id)).json).toMatchObject({ state: 'ready', skipped: 1 })
  })

  it.each([{ leaveOut: 'yes' }, { at: null, force: true }])('400: %j', async (body) => {
    expect((await start(await kit.ready(1), body)).status).toBe(400)
  })
})

describe('who is not allowed to send', () => {
  it.each([
    ['no_grant', null, {}],
    ['drafts', { shared: true }, { mode: 'draft' }],
    ['shared', { drafts: true }, { from: 'events@contoso.example' }],
  ] as const)('403 %s, before anything is sent; after the sign-in it can be started', async (why, has, wish) => {
    const as = 'fred'
    await kit.disallow(as)
    kit.identity.consents.withdraw(cast[as])
    if (has) await kit.allow(as, has)
    const id = await kit.ready(1, wish, { as })
    const later = { at: inMs(day) }
    for (const body of [{}, later]) {
      const { status, json } = await start(id, body, {}, as)
      expect([status, json.title, json.why]).toEqual([403, 'not_allowed', why])
    }
    expect((await kit.at('show_campaign', id, { as })).json.state).toBe('ready')
    await kit.allow(as, { drafts: true, shared: true })
    must(await start(id, later, {}, as))
    // A repeat finds it started, whatever has become of the right since.
    await kit.disallow(as)
    expect(must(await start(id, later, {}, as)).json.state).toBe('scheduled')
    must(await kit.at('cancel_campaign', id, { as }))
  })

  it('needs_sign_in, when the right goes after the start: nothing is lost; it goes on by itself after the sign-in', async () => {
    await kit.allow('bea')
    const id = await kit.ready(2, {}, { as: 'bea' })
    must(await start(id, { at: inMs(minute) }, {}, 'bea'))
    await kit.disallow('bea')
    kit.advance(minute)
    expect((await kit.runUntil(id, ['needs_sign_in'], { as: 'bea' })).counts).toMatchObject({ pending: 2, failed: 0 })
    await kit.run()
    await kit.allow('bea')
    expect((await kit.runUntil(id, over, { as: 'bea' })).state).toBe('completed')
  })
})

describe('C29 started twice', () => {
  it.each([
    ['with the same key', { 'idempotency-key': 'start' }],
    ['without a key', {}],
  ])('%s: the same run, one chain of wakes, each mail once', async (_, headers) => {
    const id = await kit.ready(5)
    const all = await Promise.all(Array.from({ length: 5 }, () => start(id, {}, headers)))
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(all.map(({ json }) => json.campaignId))).toEqual(new Set([id]))
    expect(must(await start(id, {}, headers)).json.state).toBe('running')
    const wake = kit.stored('olivia').find(({ kind }) => kind === 'mailbox')?.wake as { number: number }
    const ticks = kit
      .queue()
      .peek('main', 0, 100)
      .map((message) => kit.bodyOf(message) as { number: number })
    expect(ticks.filter(({ number }) => number >= wake.number)).toHaveLength(1)
    await kit.runUntil(id, over)
    const again = await start(id, {}, headers)
    expect([again.status, again.json.title]).toEqual([409, 'campaign_state'])
    expect(kit.sentOf(id)).toEqual([1, 2, 3, 4, 5])
  })

  it('while it is scheduled: it is moved, to another instant and at last to now; from its first mail on it stays', async () => {
    const id = await kit.ready(9)
    for (const at of [inMs(day), inMs(2 * day), inMs(day / 2)])
      expect(must(await start(id, { at })).json).toMatchObject({ state: 'scheduled', startAt: at, waitsUntil: at })
    expect(must(await start(id)).json).toMatchObject({ state: 'running', startAt: null })
    await kit.run(() => kit.sentOf(id).length > 0)
    expect(must(await start(id, { at: inMs(day) })).json).toMatchObject({ startAt: null })
    expect((await kit.runUntil(id, over)).state).toBe('completed')
    expect(kit.sentOf(id)).toHaveLength(9)
  })
})

describe('the footer', () => {
  const isIn = (html = '') => html.includes('securemailmerge.com')
  const proofs: [string, () => Promise<string | null>, boolean][] = [
    ['no proof', async () => null, true],
    ['a proof that is valid', () => kit.proving.proof('olivia'), false],
    [
      'one that ends today',
      () => kit.proving.proof('olivia', { exp: Math.floor(kit.now().getTime() / 1000) + 600 }),
      false,
    ],
    [
      'one that has expired',
      () => kit.proving.proof('olivia', { exp: Math.floor(kit.now().getTime() / 1000) - 600 }),
      true,
    ],
    ['one of another account', () => kit.proving.proof('amir'), true],
    ['one of somebody who is free', () => kit.proving.proof('olivia', { footer: true, code: 'free' }), true],
    ['one by another key', () => kit.proving.proof('olivia', {}, kit.proving.forged), true],
    ['no JWS', async () => 'yes.please', true],
  ]

  it.each(proofs)('shown at the start, %s', async (_, proof, footer) => {
    const id = await kit.ready(1)
    const shown = await proof()
    must(await start(id, {}, shown === null ? {} : { 'licence-proof': shown }))
    expect((await kit.runUntil(id, over)).footer).toBe(footer)
    expect(kit.mailsOf(id).map(({ html }) => isIn(html))).toEqual([footer])
  })

  it.each(proofs)('shown when it was made, %s', async (_, proof, footer) => {
    const shown = await proof()
    const headers: Record<string, string> = shown === null ? {} : { 'licence-proof': shown }
    const id = String(
      must(await kit.ask('create_campaign', { headers, body: { name: 'x', subject: 'x', html: 'x' } })).json.campaignId,
    )
    must(await kit.upload(id, rowsOf(1)))
    must(await start(id))
    expect((await kit.runUntil(id, over)).footer).toBe(footer)
    expect(kit.mailsOf(id).map(({ html }) => isIn(html))).toEqual([footer])
  })

  it('one that was valid when it was made serves no more when it has expired at the start', async () => {
    const headers = {
      'licence-proof': await kit.proving.proof('olivia', { exp: Math.floor(kit.now().getTime() / 1000) + 60 }),
    }
    const id = String(
      must(await kit.ask('create_campaign', { headers, body: { name: 'x', subject: 'x', html: 'x' } })).json.campaignId,
    )
    must(await kit.upload(id, rowsOf(1)))
    kit.advance(day)
    must(await start(id))
    expect((await kit.runUntil(id, over)).footer).toBe(true)
  })

  it('is fixed by the first mail: whoever buys then has it in this campaign, and pays nothing for the end of a licence', async () => {
    const free = await kit.started(12)
    await kit.run(() => kit.sentOf(free).length >= 2)
    must(await start(free, {}, { 'licence-proof': await kit.proving.proof('olivia') }))
    expect((await kit.runUntil(free, over)).footer).toBe(true)
    expect(kit.mailsOf(free).every(({ html }) => isIn(html))).toBe(true)
    const paid = await kit.ready(12)
    must(
      await start(
        paid,
        {},
        { 'licence-proof': await kit.proving.proof('olivia', { exp: Math.floor(kit.now().getTime() / 1000) + 600 }) },
      ),
    )
    await kit.run(() => kit.sentOf(paid).length >= 2)
    kit.advance(day)
    expect((await kit.runUntil(paid, over)).footer).toBe(false)
    expect(kit.mailsOf(paid).some(({ html }) => isIn(html))).toBe(false)
  })

  it('a preview shows it exactly when the mails will have it', async () => {
    const id = await kit.ready(1)
    const preview = async () => isIn((await kit.at('preview_row', id, { params: { position: '1' } })).text)
    expect(await preview()).toBe(true)
    must(await start(id, { at: inMs(day) }, { 'licence-proof': await kit.proving.proof('olivia') }))
    expect(await preview()).toBe(false)
    must(await kit.at('cancel_campaign', id))
  })

  it.each([
    ['no proof', async () => ({}) as Record<string, string>, true],
    ['a new proof', async () => ({ 'licence-proof': await kit.proving.proof('olivia') }), false],
  ])('a preview and a test judge a proof that has expired since as the start would: %s', async (_, proving, footer) => {
    const exp = Math.floor(kit.now().getTime() / 1000) + 3600
    const headers = { 'licence-proof': await kit.proving.proof('olivia', { exp }) }
    const body = { name: 'x', subject: 'x', html: 'x' }
    const id = String(must(await kit.ask('create_campaign', { headers, body })).json.campaignId)
    must(await kit.upload(id, rowsOf(1)))
    const shown = async (more: Record<string, string> = {}) => {
      const preview = await kit.at('preview_row', id, { params: { position: '1' }, headers: more })
      must(await kit.at('send_test', id, { body: { to: 'me@x.example' }, headers: more }))
      return [isIn(preview.text), isIn(kit.graph.delivered.at(-1)?.html ?? '')]
    }
    expect(await shown()).toEqual([false, false])
    kit.advance(day)
    const now = await proving()
    expect(await shown(now)).toEqual([footer, footer])
    must(await start(id, {}, now))
    expect((await kit.runUntil(id, over)).footer).toBe(footer)
    expect(kit.mailsOf(id).map(({ html }) => isIn(html))).toEqual([false, footer, footer])
  })

  it('a proof that comes with the preview of what is started already is none that its mails would have', async () => {
    const id = await kit.ready(1)
    must(await start(id, { at: inMs(day) }))
    const headers = { 'licence-proof': await kit.proving.proof('olivia') }
    expect(isIn((await kit.at('preview_row', id, { params: { position: '1' }, headers })).text)).toBe(true)
    must(await kit.at('cancel_campaign', id))
  })

  it('in the language that was asked for', async () => {
    const id = await kit.started(1, { language: 'fr' })
    await kit.runUntil(id, over)
    expect(kit.mailsOf(id)[0]?.html).toContain(fr.footer.split('{product}')[0])
  })
})
