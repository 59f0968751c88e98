import { preflight } from '@securemailmerge/shared/http/health'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type CampaignKit, must, rowsOf, startCampaigns } from '../../kit/campaigns.ts'
import { invoke } from '../../kit/invoke.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
  await kit.allow('olivia', { drafts: true })
})
afterAll(() => kit.close())
afterEach(async () => {
  await kit.run()
  kit.advance(2 * 60_000)
})

const over = ['completed', 'completed_with_errors']
const report = (id: string, query: Record<string, string> = {}) => kit.at('report_campaign', id, { query })
const linesOf = (text: string) => text.split('\n').filter(Boolean)
const rowsIn = (text: string) => linesOf(text).map((line) => JSON.parse(line))
const preview = (id: string, position = '1', headers = {}) =>
  kit.at('preview_row', id, { params: { position }, headers })

/** What a row has that is not left out. */
const left = { line: null, about: null }

describe('GET report', () => {
  it('a line for each row: number, address, state, time and reason', async () => {
    kit.graph.act.refuseAddress('p3@customers.example')
    const id = await kit.ready(rowsOf(4).map((row) => ({ ...row, row: row.row + 10 })))
    expect(rowsIn((await report(id)).text)).toEqual(
      [1, 2, 3, 4].map((position) => ({
        ...{
          position,
          row: position + 10,
          to: `p${position}@customers.example`,
          state: 'pending',
          at: null,
          why: null,
          ...left,
        },
      })),
    )
    must(await kit.at('start_campaign', id))
    await kit.runUntil(id, over)
    kit.graph.act.refuseAddress('p3@customers.example', false)
    const { text, headers } = must(await report(id))
    expect(headers['content-type']).toBe('application/jsonl')
    const sent = { state: 'sent', at: expect.any(String), why: null, ...left }
    expect(rowsIn(text)).toEqual([
      { position: 1, row: 11, to: 'p1@customers.example', ...sent },
      { position: 2, row: 12, to: 'p2@customers.example', ...sent },
      {
        ...{ position: 3, row: 13, to: 'p3@customers.example', ...sent },
        state: 'failed',
        why: 'ErrorInvalidRecipients',
      },
      { position: 4, row: 14, to: 'p4@customers.example', ...sent },
    ])
  })

  it('adds up to the counts, while it runs too', async () => {
    const id = await kit.started(12)
    await kit.run(() => kit.sentOf(id).length >= 4)
    const states = Object.groupBy(rowsIn((await report(id)).text), ({ state }) => state)
    const { counts } = (await kit.at('show_campaign', id)).json
    for (const [state, count] of Object.entries(counts))
      if (state !== 'sending') expect(states[state]?.length ?? 0).toBe(count)
    await kit.runUntil(id, over)
  })

  it('a line also for each that was left out, however many: which one, its address and why; gone with the content', async () => {
    const fields = { First: 'a', No: '1' }
    const many = rowsOf(5_100, 100).map((row) => ({ ...row, to: `no-at-${row.row}` }))
    const list = [
      ...[
        { row: 1, to: 'a@x.example', fields },
        { row: 2, to: '=bad@@x', fields },
        { row: 3, to: 'c@x.example', fields: { First: '', No: '' } },
      ],
      ...many,
    ]
    const id = await kit.ready(`{"row"\n${list.map((row) => JSON.stringify(row)).join('\n')}`)
    const wholeOf = async (format: string) => {
      let text = ''
      for (let after: string | undefined = '0'; after !== undefined; ) {
        const part = must(await report(id, { format, after }))
        text += part.text
        after = part.headers['next-after']
      }
      return text
    }
    const lines = rowsIn(await wholeOf('jsonl'))
    const skipped = { position: null, state: 'skipped', at: null }
    expect(lines.slice(0, 4)).toEqual([
      { position: 1, row: 1, to: 'a@x.example', state: 'pending', at: null, why: null, ...left },
      { ...skipped, line: 1, row: null, to: null, why: 'not_json', about: null },
      { ...skipped, line: 3, row: 2, to: '=bad@@x', why: 'address_invalid', about: 'to' },
      { ...skipped, line: null, row: 3, to: 'c@x.example', why: 'field_empty', about: 'First' },
    ])
    expect(lines.slice(4).map(({ row, to, why }) => [row, to, why])).toEqual(
      many.map(({ row, to }) => [row, to, 'address_invalid']),
    )
    expect(await wholeOf('csv')).toMatch(
      /^row,to,state,at,why,reason,line,about\r\n1,[^\n]+\n,,skipped,,not_json,[^\n]+,1,\r\n2,'=bad@@x,skipped,,address_invalid,[^\n]+,3,to\r\n3,c@x\.example,skipped,,field_empty,[^\n]+,,First\r\n/,
    )
    expect(lines).toHaveLength(1 + (await kit.at('show_campaign', id)).json.skipped)
    must(await kit.at('start_campaign', id, { body: { leaveOut: true } }))
    await kit.runUntil(id, over)
    must(await kit.at('delete_campaign', id))
    expect(rowsIn(await wholeOf('jsonl')).map(({ row, state }) => [row, state])).toEqual([[1, 'sent']])
  })

  it('CSV for a spreadsheet: a heading, quotes where they have to be, a name', async () => {
    const id = await kit.ready([{ row: 1, to: 'Ann "A" <ann@x.example>', fields: { First: 'a', No: '1' } }])
    const { text, headers } = must(await report(id, { format: 'csv' }))
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toBe('attachment; filename="report.csv"')
    expect(text).toBe('row,to,state,at,why,reason,line,about\r\n1,ann@x.example,pending,,,,,\r\n')
  })

  it('nothing in a CSV becomes a formula', async () => {
    const hostile = [
      '=1+1@x.example',
      '+cmd@x.example',
      '-2+3@x.example',
      "=cmd|'/c'!a1@x.example",
      '=HYPERLINK@x.example',
    ]
    const id = await kit.ready(hostile.map((to, at) => ({ row: at + 1, to, fields: { First: 'a', No: '1' } })))
    const { text } = must(await report(id, { format: 'csv' }))
    const cells = text
      .split('\r\n')
      .slice(1, -1)
      .flatMap((line) => line.split(','))
    expect(cells.length).toBeGreaterThanOrEqual(25)
    for (const cell of cells) expect(cell).not.toMatch(/^"?[=+\-@\t\r]/)
    expect(text).toContain("'=1+1@x.example")
    // For programs every address stands as it is.
    expect(rowsIn((await report(id)).text).map(({ to }) => to)).toEqual(hostile)
  })

  it('a long one comes in parts: each row once, and the heading once', async () => {
    const id = await kit.ready(12_345)
    for (const format of ['jsonl', 'csv']) {
      let after: string | undefined = '0'
      const lines: string[] = []
      const parts: string[] = []
      while (after !== undefined) {
        const { text, headers } = must(await report(id, { format, after }))
        lines.push(...linesOf(text))
        after = headers['next-after']
        parts.push(after ?? 'end')
      }
      expect(parts).toEqual(['5000', '10000', 'end'])
      expect(lines).toHaveLength(12_345 + (format === 'csv' ? 1 : 0))
      expect(new Set(lines).size).toBe(lines.length)
    }
    expect((await report(id, { after: '12345' })).text).toBe('')
    expect((await report(id, { after: '99999' })).headers).not.toHaveProperty('next-after')
  })

  it.each([{ format: 'xlsx' }, { after: '-1' }, { after: 'x' }, { after: '1.5' }])('400: %j', async (query) => {
    expect((await report(await kit.ready(1), query)).status).toBe(400)
  })

  it('what a page of another origin may read of it', async () => {
    const { headers } = await report(await kit.ready(1))
    const exposed = String(headers['access-control-expose-headers']).toLowerCase()
    for (const name of ['next-after', 'mail-subject', 'retry-after']) expect(exposed).toContain(name)
  })
})

it('what a page of another origin may send: packed lists, keys, proofs', async () => {
  const answer = await invoke(preflight, 'campaigns_preflight', { method: 'OPTIONS' })
  const allowed = String(answer.headers['access-control-allow-headers']).toLowerCase()
  for (const name of ['content-type', 'content-encoding', 'idempotency-key', 'licence-proof'])
    expect(allowed).toContain(name)
})

describe('GET preview', () => {
  const wish = {
    subject: 'Für {{First}}: 50 % & <b>',
    html: '<p>Dear {{First}}</p><img src="https://track.example/x.gif">',
  }

  it('the mail of a row, alone: it can run nothing, fetch nothing, and is not kept', async () => {
    const hostile = { row: 1, to: 'a@x.example', fields: { First: '<img src=x onerror=alert(1)><script>x</script>' } }
    const id = await kit.ready([hostile, { row: 2, to: 'b@x.example', fields: { First: 'Zoë' } }], wish)
    const { status, headers, text } = await preview(id)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(text).not.toMatch(/<script|<img src=x/)
    expect(decodeURIComponent(headers['mail-subject'] ?? '')).toBe(`Für ${hostile.fields.First}: 50 % & <b>`)
    expect(decodeURIComponent((await preview(id, '2')).headers['mail-subject'] ?? '')).toBe('Für Zoë: 50 % & <b>')
  })

  it('is the very mail that is sent', async () => {
    const id = await kit.ready(3)
    const before = await Promise.all(['1', '2', '3'].map((position) => preview(id, position)))
    must(await kit.at('start_campaign', id))
    await kit.runUntil(id, over)
    const sent = kit.mailsOf(id).toSorted((a, b) => Number(a.stamp?.split('.')[2]) - Number(b.stamp?.split('.')[2]))
    expect(sent.map(({ html, subject }) => [html, subject])).toEqual(
      before.map(({ text, headers }) => [text, decodeURIComponent(headers['mail-subject'] ?? '')]),
    )
  })

  it('404: no such row; 400: what is no position', async () => {
    const id = await kit.ready(2)
    expect((await preview(id, '3')).status).toBe(404)
    expect((await preview(await kit.create())).status).toBe(404)
    for (const position of ['0', '-1', 'x', '100001']) expect((await preview(id, position)).status).toBe(400)
  })
})

describe('DELETE', () => {
  it('its content is gone at once, for a host that remembers it too; its counts and rows stay', async () => {
    const id = await kit.started(2)
    await kit.runUntil(id, over)
    const before = (await report(id)).text
    expect((await preview(id)).status).toBe(200)
    const { status, json } = await kit.at('delete_campaign', id)
    expect([status, json]).toEqual([200, { campaignId: id }])
    expect((await preview(id)).status).toBe(404)
    expect((await preview(id, '1')).text).not.toContain('Dear')
    expect((await kit.at('show_preflight', id)).status).toBe(404)
    expect((await kit.at('show_campaign', id)).json).toMatchObject({ state: 'completed', counts: { sent: 2 } })
    expect((await report(id)).text).toBe(before)
    expect(await kit.services.content.template({ campaignId: id })).toBeUndefined()
    expect((await kit.at('delete_campaign', id)).status).toBe(200)
  })

  it('before the start: cancelled, and it cannot be started or filled any more', async () => {
    const id = await kit.ready(2)
    must(await report(id))
    must(await kit.at('delete_campaign', id))
    expect((await report(id)).text).toBe('')
    expect((await kit.at('show_campaign', id)).json).toMatchObject({ state: 'cancelled', emptied: true })
    for (const act of ['start_campaign', 'send_test'] as const) {
      const body = act === 'send_test' ? { to: 'a@x.example' } : {}
      expect((await kit.at(act, id, { body })).status).toBeGreaterThanOrEqual(400)
    }
    expect((await kit.upload(id, rowsOf(1))).status).toBe(409)
  })

  it('before the start it is in no list any more; later it is, with what cannot be done any more', async () => {
    const [checked, sent] = [await kit.ready(1), await kit.started(1)]
    await kit.runUntil(sent, over)
    const listed = async () => {
      const { json } = must(await kit.ask('list_campaigns'))
      return [checked, sent].map((id) => json.campaigns.find((one: { campaignId: string }) => one.campaignId === id))
    }
    expect(await listed()).toMatchObject([{ emptied: false }, { emptied: false }])
    for (const id of [checked, sent]) must(await kit.at('delete_campaign', id))
    expect(await listed()).toMatchObject([undefined, { state: 'completed', emptied: true }])
  })

  it('of one campaign nothing of another is touched, whatever its id begins with', async () => {
    const [one, other] = [await kit.ready(1), await kit.ready(1)]
    must(await kit.at('delete_campaign', one))
    expect((await preview(other)).status).toBe(200)
    await kit.services.content.delete({ campaignId: other.slice(0, -3) })
    expect((await preview(other)).status).toBe(200)
    expect(await kit.services.content.template({ campaignId: other })).toBeDefined()
  })
})
