import { CampaignView, PreflightView } from '@securemailmerge/shared/http/contracts/campaign-views'
import { Uploads } from '@securemailmerge/shared/merging/uploads'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aWish, type CampaignKit, listOf, must, packed, rowsOf, startCampaigns } from '../../kit/campaigns.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
afterEach(() => kit.advance(60_000))

const gzip = { headers: { 'content-encoding': 'gzip' } }
const row = (number: number, to: unknown, more: object = {}) => ({
  ...{ row: number, to, fields: { First: `P${number}`, No: String(number) } },
  ...more,
})
const stored = async (campaignId: string, position: number) => {
  const { campaign } = await kit.services.campaigns.see(cast.olivia, campaignId)
  return kit.services.content.row(campaign, position)
}

describe('200', () => {
  it('JSON lines: the campaign is ready, and says what to know', async () => {
    const id = await kit.create()
    const { json } = must(await kit.upload(id, rowsOf(12)))
    expect(CampaignView.strict().parse(json.campaign)).toMatchObject({ state: 'ready', total: 12, skipped: 0 })
    expect(PreflightView.strict().parse(json.preflight)).toMatchObject({ lines: 12, mails: 12, recipients: 12 })
    expect(json.preflight).toMatchObject({ fitsToday: true, secondsAtPace: 24, unknownFields: [] })
    expect(json.preflight).toMatchObject({ emptySubjects: { count: 0 }, emptyTexts: { count: 0 }, fallbacks: {} })
    expect((await kit.at('show_preflight', id)).json).toEqual(json.preflight)
  })

  it('gzip: the same', async () => {
    const plain = must(await kit.upload(await kit.create(), rowsOf(300)))
    const zipped = must(await kit.upload(await kit.create(), packed(listOf(rowsOf(300))), gzip))
    expect(zipped.json.preflight).toEqual(plain.json.preflight)
  })

  it('a last line without an end, empty lines, a mark at the beginning of lines', async () => {
    const text = `\n${JSON.stringify(row(1, 'a@x.example'))}\r\n\n  \n${JSON.stringify(row(2, 'b@x.example'))}`
    const { json } = must(await kit.upload(await kit.create(), text))
    expect(json.preflight).toMatchObject({ lines: 2, mails: 2, invalid: { count: 0 } })
  })

  it('each row is kept as it came, To, Cc and Bcc with their names', async () => {
    const to = { address: 'jm@x.example', name: 'Müller, Jürgen "JJ"' }
    const fields = { First: "O'Brien", No: 'null', Company: '{{First}}' }
    const id = await kit.ready([{ row: 7, to, cc: ['b@x.example', 'C <c@x.example>'], bcc: 'd@x.example', fields }])
    expect(await stored(id, 1)).toEqual({
      ...{ row: 7, to, fields },
      cc: [
        { address: 'b@x.example', name: null },
        { address: 'c@x.example', name: 'C' },
      ],
      bcc: [{ address: 'd@x.example', name: null }],
    })
    expect((await kit.at('show_preflight', id)).json.recipients).toBe(4)
  })

  it('nobody of a list is named in the store, nor in a line that is logged', async () => {
    const { lines } = must(await kit.upload(await kit.create(), [row(1, 'marker@x.example')]))
    expect(JSON.stringify([lines, kit.stored('olivia')])).not.toContain('marker')
  })
})

describe('C30 what cannot be sent is told before anything is sent, by row and reason', () => {
  const long = `${'x'.repeat(308)}@x.example`
  const bad: [unknown, string, string | null][] = [
    ['bad@@x.example', 'address_invalid', 'to'],
    [' ', 'address_missing', 'to'],
    ['a@b', 'address_invalid', 'to'],
    ['no-at', 'address_invalid', 'to'],
    [long, 'address_too_long', 'to'],
    [undefined, 'address_missing', 'to'],
    [['a@x.example', 'b@x.example'], 'address_invalid', 'to'],
    ['a@x.example, b@x.example', 'address_invalid', 'to'],
    ['a@x.example\r\nBcc: all@x.example', 'address_invalid', 'to'],
  ]

  it('the rows of the case: three are good, five are named', async () => {
    const to = ['ok1@x.example', ...bad.slice(0, 2).map(([one]) => one), 'a@b', 'no-at', 'ok2@x.example', long]
    const { json } = must(
      await kit.upload(
        await kit.create(),
        [...to, 'ok3@x.example'].map((one, at) => row(at + 1, one)),
      ),
    )
    expect(json.campaign).toMatchObject({ state: 'ready', total: 3, skipped: 5 })
    expect(json.preflight.invalid).toEqual({
      count: 5,
      first: [
        { line: 2, row: 2, code: 'address_invalid', about: 'to' },
        { line: 3, row: 3, code: 'address_missing', about: 'to' },
        { line: 4, row: 4, code: 'address_invalid', about: 'to' },
        { line: 5, row: 5, code: 'address_invalid', about: 'to' },
        { line: 7, row: 7, code: 'address_too_long', about: 'to' },
      ],
    })
  })

  it.each(bad)('%j: %s', async (to, code, about) => {
    const { json } = must(await kit.upload(await kit.create(), [row(1, 'a@x.example'), row(2, to)]))
    expect(json.preflight.invalid).toEqual({ count: 1, first: [{ line: 2, row: 2, code, about }] })
  })

  it.each([
    ['{"row":2', 'not_json', null],
    ['[]', 'not_a_row', null],
    ['{"row":2,"to":"a@x.example","fields":{},"reply":"x"}', 'member_unknown', 'reply'],
    ['{"row":0,"to":"a@x.example","fields":{}}', 'row_number_invalid', 'row'],
    ['{"row":1,"to":"a@x.example","fields":{}}', 'row_number_twice', 'row'],
    ['{"row":2,"to":"a@x.example","fields":[]}', 'fields_invalid', 'fields'],
    ['{"row":2,"to":"a@x.example","fields":{"First":{}}}', 'value_not_text', 'First'],
    ['{"row":2,"to":"a@x.example","fields":{"First":"a","first ":"b"}}', 'column_twice', 'first '],
  ])('%s: %s', async (line, code, about) => {
    const { json } = must(await kit.upload(await kit.create(), `${listOf([row(1, 'a@x.example')])}${line}\n`))
    expect(json.preflight.invalid.first).toMatchObject([{ line: 2, code, about }])
    expect(json.campaign).toMatchObject({ state: 'ready', total: 1, skipped: 1 })
  })

  it('of very many the first hundred are named and all are counted', async () => {
    const { json } = must(
      await kit.upload(await kit.create(), [
        row(1, 'a@x.example'),
        ...rowsOf(250, 2).map((one) => ({ ...one, to: 'x' })),
      ]),
    )
    expect(json.preflight.invalid.count).toBe(250)
    expect(json.preflight.invalid.first).toHaveLength(100)
  })

  it('a list of which nothing can be sent leaves the campaign without a list', async () => {
    const id = await kit.create()
    expect(must(await kit.upload(id, [row(1, 'x')])).json.campaign).toMatchObject({
      state: 'draft',
      total: 0,
      skipped: 1,
    })
    expect((await kit.at('start_campaign', id, { body: { leaveOut: true } })).status).toBe(422)
    const fieldless = await kit.create({ subject: 'x', html: 'x' })
    must(await kit.upload(fieldless, [row(1, 'x')]))
    expect((await kit.at('start_campaign', fieldless, { body: { leaveOut: true } })).json.title).toBe('campaign_state')
  })
})

describe('numbers before the start', () => {
  it('duplicates, empty fields, bad links, and fields that no column has', async () => {
    const html = '<p>{{First}} {{Company|your company}} {{Missing}}</p><a href="{{Link}}">x</a>'
    const id = await kit.create({ subject: 'Hi', html })
    const of = (number: number, First: string, Link: string, to = `p${number}@x.example`) => ({
      ...{ row: number, to, fields: { First, Link, Missing: number < 5 ? 'x' : '' } },
    })
    const ok = 'https://ok.example'
    const rows = [
      of(1, 'A', ok),
      of(2, '', ok),
      of(3, '  ', ok),
      of(4, 'D', 'javascript:x'),
      of(5, 'E', ok),
      of(6, 'F', ok, 'P1@X.example'),
    ]
    const { json } = must(await kit.upload(id, rows))
    expect(json.preflight).toMatchObject({
      ...{ lines: 6, mails: 1, recipients: 1, duplicates: { count: 1, rows: [6] } },
      // Also one with a fallback: it may be a slip of the pen, and all mails would carry the fallback.
      unknownFields: ['Company'],
      emptyFields: { First: { count: 2, rows: [2, 3] }, Missing: { count: 2, rows: [5, 6] } },
      badLinks: { Link: { count: 1, rows: [4] } },
    })
    const { json: other } = must(await kit.upload(id, rowsOf(3)))
    expect(other.preflight.unknownFields.toSorted()).toEqual(['Company', 'Link', 'Missing'])
  })

  it('size with files, time at the pace, and whether it fits today', async () => {
    const base64 = Buffer.alloc(300_000, 1).toString('base64')
    const attachments = [{ name: 'a.bin', contentType: 'application/octet-stream', base64 }]
    const { json } = must(await kit.upload(await kit.create({ attachments }), rowsOf(10)))
    expect(json.preflight.bytesPerMail).toBeGreaterThan(400_000)
    expect(json.preflight.bytesPerMail).toBeLessThan(410_000)
    const cc = Array.from({ length: 499 }, (_, at) => `c${at}@x.example`)
    const many = rowsOf(21).map((one) => ({ ...one, cc }))
    const { json: day } = must(await kit.upload(await kit.create(), many))
    expect(day.preflight).toMatchObject({ recipients: 10_500, fitsToday: false })
    expect(day.preflight.secondsAtPace).toBeGreaterThan(86_400)
  })

  it('whether it fits today counts what else runs from the mailbox, and is asked anew each time', async () => {
    await kit.allow('amir')
    const as = 'amir'
    const cc = Array.from({ length: 499 }, (_, at) => `c${at}@x.example`)
    const many = rowsOf(19).map((one) => ({ ...one, cc }))
    const [running, later, small] = [
      await kit.ready(many, {}, { as }),
      await kit.ready(many, {}, { as }),
      await kit.ready(501, {}, { as }),
    ]
    const fits = async () => (await kit.at('show_preflight', small, { as })).json.fitsToday
    expect(await fits()).toBe(true)
    const inTwoDays = new Date(kit.now().getTime() + 2 * 86_400_000).toISOString()
    must(await kit.at('start_campaign', later, { as, body: { at: inTwoDays } }))
    expect(await fits()).toBe(true)
    must(await kit.at('start_campaign', running, { as }))
    expect(await fits()).toBe(false)
    must(await kit.at('cancel_campaign', running, { as }))
    expect(await fits()).toBe(true)
    must(await kit.at('cancel_campaign', later, { as }))
  })

  it('whether its mails would carry the footer, by the proof that comes along or came before', async () => {
    const proof = { 'licence-proof': await kit.proving.proof('olivia') }
    const expired = {
      'licence-proof': await kit.proving.proof('olivia', { exp: Math.floor(kit.now().getTime() / 1000) - 60 }),
    }
    const id = await kit.create()
    const uploaded = async (headers: Record<string, string>) =>
      must(await kit.upload(id, rowsOf(1), { headers })).json.preflight.footer
    expect([await uploaded({}), await uploaded(expired), await uploaded(proof)]).toEqual([true, true, false])
    const shown = async (of: string, headers: Record<string, string>) =>
      must(await kit.at('show_preflight', of, { headers })).json.footer
    expect([await shown(id, {}), await shown(id, proof)]).toEqual([true, false])
    const { campaignId } = must(await kit.ask('create_campaign', { headers: proof, body: aWish() })).json
    must(await kit.upload(campaignId, rowsOf(1)))
    expect(await shown(campaignId, {})).toBe(false)
    kit.advance(15 * 86_400_000)
    expect(await shown(campaignId, {})).toBe(true)
  })

  it('mails without a subject or a text, and fallbacks: they are told, and sent', async () => {
    const id = await kit.ready(2, { subject: '', html: '' })
    expect((await kit.at('show_preflight', id)).json).toMatchObject({
      ...{ mails: 2, emptySubjects: { count: 2, rows: [1, 2] }, emptyTexts: { count: 2, rows: [1, 2] } },
    })
    const other = await kit.ready([row(1, 'a@x.example', { fields: { First: '' } })], {
      subject: 'x',
      html: '{{First|you}}',
    })
    expect((await kit.at('show_preflight', other)).json).toMatchObject({
      mails: 1,
      fallbacks: { First: { count: 1, rows: [1] } },
    })
  })
})

describe('another list', () => {
  it('before the start takes the place of the first, in all', async () => {
    const id = await kit.ready(5)
    const { json } = must(await kit.upload(id, rowsOf(2, 100)))
    expect(json.campaign).toMatchObject({ state: 'ready', total: 2, skipped: 0 })
    expect((await stored(id, 1))?.row).toBe(100)
    expect(await stored(id, 3)).toBeUndefined()
  })

  it('leaves nothing of the first in storage', async () => {
    const id = await kit.ready(5)
    const { list } = (await kit.services.campaigns.see(cast.olivia, id)).campaign
    expect(await kit.services.content.note({ campaignId: id, list }, 'preflight')).toBeDefined()
    must(await kit.upload(id, rowsOf(2, 100)))
    expect(await kit.services.content.note({ campaignId: id, list }, 'preflight')).toBeUndefined()
  })

  it('one whose campaign is deleted meanwhile is deleted as well', async () => {
    const id = await kit.create()
    const { content } = kit.services
    const putNote = content.putNote.bind(content)
    let list: string | null | undefined
    content.putNote = async (listed, ...more) => {
      list = listed.list
      await putNote(listed, ...more)
      must(await kit.at('delete_campaign', id))
    }
    expect((await kit.upload(id, rowsOf(2))).status).toBe(409)
    content.putNote = putNote
    expect(list).toBeDefined()
    expect(await content.note({ campaignId: id, list: list ?? null }, 'preflight')).toBeUndefined()
  })

  it('one that could not be read leaves the first as it is', async () => {
    const id = await kit.ready(5)
    expect((await kit.upload(id, Buffer.from('no gzip'), gzip)).status).toBe(400)
    expect((await kit.at('show_campaign', id)).json).toMatchObject({ state: 'ready', total: 5 })
    expect((await stored(id, 5))?.row).toBe(5)
    expect((await kit.at('show_preflight', id)).json.lines).toBe(5)
  })

  it('429: two side by side at one host; what waits is told how long', async () => {
    const [one, other] = [await kit.create(), await kit.create()]
    const both = await Promise.all([kit.upload(one, rowsOf(30)), kit.upload(other, rowsOf(20))])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 429])
    expect(both.find(({ status }) => status === 429)?.json).toMatchObject({
      ...{ title: 'too_many_requests', retryAfterSeconds: 15 },
    })
  })

  it('two side by side at two hosts: one of them, whole', async () => {
    const id = await kit.create()
    const other = { ...kit.services, uploads: new Uploads() }
    const both = await Promise.all([kit.upload(id, rowsOf(30)), kit.upload(id, rowsOf(20, 1000), {}, other)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    const { json } = await kit.at('show_campaign', id)
    const first = (await stored(id, 1))?.row
    expect([json.total, first]).toEqual(json.total === 30 ? [30, 1] : [20, 1000])
    expect((await kit.at('show_preflight', id)).json.mails).toBe(json.total)
  })

  it('409: not after the start, nor after the end', async () => {
    await kit.allow('olivia')
    const at = new Date(kit.now().getTime() + 86_400_000).toISOString()
    const id = await kit.ready(3)
    must(await kit.at('start_campaign', id, { body: { at } }))
    for (const name of [null, 'pause_campaign', 'cancel_campaign'] as const) {
      if (name) must(await kit.at(name, id))
      const { status, json } = await kit.upload(id, rowsOf(4))
      expect([status, json.title]).toEqual([409, 'campaign_state'])
    }
    expect((await kit.at('show_campaign', id)).json.total).toBe(3)
  })
})

describe('what is no list', () => {
  it.each([
    [{ 'content-type': 'application/json' }, 415],
    [{ 'content-type': 'text/csv' }, 415],
    [{ 'content-encoding': 'br' }, 415],
  ])('%j: %i', async (headers, status) => {
    expect((await kit.upload(await kit.create(), rowsOf(1), { headers })).status).toBe(status)
  })

  it('400: gzip that is none', async () => {
    const { status, json } = await kit.upload(await kit.create(), Buffer.from(listOf(rowsOf(1))), gzip)
    expect([status, json.errors]).toEqual([400, [{ at: 'body', fault: 'not_unpackable' }]])
  })

  it('413: longer than 30 MB, or 210 MB when it was packed', async () => {
    const id = await kit.create()
    const spaces = Buffer.alloc(31 * 1024 * 1024, ' ')
    expect((await kit.upload(id, spaces)).json).toMatchObject({ status: 413, title: 'body_too_large' })
    const bomb = packed(Buffer.concat(Array(7).fill(spaces)).toString())
    expect((await kit.upload(id, bomb, gzip)).json).toMatchObject({ status: 413, title: 'body_too_large' })
    expect((await kit.at('show_campaign', id)).json.state).toBe('draft')
  })

  it('413: more than 100,000 rows, good or bad; the list before stays, and nothing is kept of this one', async () => {
    const id = await kit.ready(2, { subject: 'x', html: 'x' })
    const bad = '{\n'.repeat(5_000)
    const line = (number: number) => `{"row":${number},"to":"a@x.example","fields":{}}\n`
    const text = bad + Array.from({ length: 95_001 }, (_, at) => line(at + 1)).join('')
    const put = vi.spyOn(kit.services.content, 'putNote')
    const { status, json } = await kit.upload(id, packed(text), gzip)
    expect([status, json.title, json.rows]).toEqual([413, 'body_too_large', 100_000])
    expect((await kit.at('show_campaign', id)).json).toMatchObject({ state: 'ready', total: 2, skipped: 0 })
    expect(put).toHaveBeenCalledTimes(2)
    for (const [listed, name] of put.mock.calls) expect(await kit.services.content.note(listed, name)).toBeUndefined()
    put.mockRestore()
  }, 60_000)
})

describe('503: a store is away', () => {
  it('nothing has changed, and the list can be sent again', async () => {
    const id = await kit.ready(5)
    kit.cosmos.faults.add({ match: { container: 'sending' }, times: -1, do: { status: 503 } })
    expect((await kit.upload(id, rowsOf(2))).status).toBe(503)
    kit.cosmos.faults.clear()
    expect((await kit.at('show_campaign', id)).json.total).toBe(5)
    expect(must(await kit.upload(id, rowsOf(2))).json.campaign.total).toBe(2)
  })
})
