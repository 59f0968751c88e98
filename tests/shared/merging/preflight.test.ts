import { Preflight, secondsAtPace } from '@securemailmerge/shared/merging/preflight'
import type { Line } from '@securemailmerge/shared/merging/rows'
import { footerIn } from '@securemailmerge/shared/merging/template/footer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aRow, aTemplate } from './rendering.ts'

function preflight(html: string, lines: Line[], attachmentBytes = 0) {
  const attachments = attachmentBytes > 0 ? [{ bytes: new Uint8Array(attachmentBytes) }] : []
  const looking = new Preflight(aTemplate(html), null, attachments)
  const taken = lines.map((line) => looking.take(line))
  return { taken, answer: () => looking.answer() }
}

const rows = (count: number): Line[] => Array.from({ length: count }, (_, n) => aRow({ First: 'Ann' }, n + 1))

describe('what is known before the first mail', () => {
  it('counts mails and all their recipients', () => {
    const copies = [{ address: 'c@x.example', name: null }]
    const { answer } = preflight('{{First}}', [
      aRow({ First: 'a' }, 1),
      { ...aRow({ First: 'b' }, 2), cc: copies, bcc: copies },
    ])
    expect(answer()).toMatchObject({ mails: 2, recipients: 4, duplicates: { count: 0 } })
  })

  it('says which lines are no rows, the first hundred of them', () => {
    const bad = Array.from({ length: 150 }, (_, n) => ({
      line: n + 1,
      row: null,
      code: 'not_json' as const,
      about: null,
      to: n % 2 ? 'x@@x' : null,
    }))
    const { answer, taken } = preflight('', [...bad, ...rows(1)])
    expect(answer()).toMatchObject({
      mails: 1,
      invalid: { count: 150, first: bad.slice(0, 100).map(({ to: _, ...told }) => told) },
    })
    expect(taken).toEqual([...bad.map(({ code, ...line }) => ({ ...line, why: code })), null])
  })

  it('counts who is there twice, whatever the case', () => {
    const to = (address: string, row: number) => ({ ...aRow({}, row), to: { address, name: null } })
    const { answer } = preflight('', [
      to('A@x.example', 1),
      to('b@x.example', 2),
      to('a@x.example', 3),
      to('a@X.example', 4),
    ])
    expect(answer().duplicates).toEqual({ count: 2, rows: [3, 4] })
  })

  it('C32 says for each field which rows have no value and are held, and which fields no row has', () => {
    const lines = Array.from({ length: 30 }, (_, n) =>
      aRow({ First: n % 2 ? 'Ann' : ' ', Last: n === 5 ? '' : 'Lee', x: '' }, n + 1),
    )
    const { answer, taken } = preflight('{{First}} {{last}} {{X|fallback}} {{Compny|you}}', lines)
    expect(answer()).toMatchObject({
      mails: 14,
      recipients: 14,
      emptyFields: { First: { count: 15, rows: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] }, last: { count: 1, rows: [6] } },
      unknownFields: ['Compny'],
    })
    const leftOut = { line: null, row: 1, to: 'row1@contoso.example', why: 'field_empty', about: 'First' }
    expect(taken.slice(0, 2)).toEqual([leftOut, null])
  })

  it('names every field that a row lacks, not the first one only', () => {
    const { answer } = preflight('{{A}}{{B}}<a href="https://x.example/{{C}}?{{D|d}}">', [aRow({})])
    expect(Object.keys(answer().emptyFields)).toEqual(['A', 'B', 'C'])
  })

  it('says which rows make no link, and which a mail too long', () => {
    const lines = [
      aRow({ Link: 'javascript:x' }),
      aRow({ Link: 'https://x.example/' }, 2),
      aRow({ Link: `https://x.example/${'x'.repeat(3_000_000)}` }, 3),
    ]
    expect(preflight('<a href="{{Link}}">x</a>', lines).answer()).toMatchObject({
      mails: 1,
      badLinks: { Link: { count: 1, rows: [1] } },
      tooLong: { count: 1, rows: [3] },
    })
  })

  it('measures what goes out: text, footer, files as they travel', () => {
    const text = preflight('x'.repeat(20_000), rows(50)).answer().bytesPerMail
    expect(text).toBeGreaterThan(20_000)
    expect(text).toBeLessThan(25_000)
    expect(preflight('x'.repeat(20_000), rows(50), 3_000_000).answer().bytesPerMail).toBe(text + 4_000_000)
    const withFooter = new Preflight(aTemplate('x'), footerIn('fr'), [])
    withFooter.take(aRow({}))
    expect(withFooter.answer().bytesPerMail).toBeGreaterThan(footerIn('fr').html.length)
  })

  it.each([
    ['', { A: '' }, true],
    ['<p> &nbsp;\u200b<br></p>', { A: '' }, true],
    ['<p>{{A|}}</p>', { A: ' ' }, true],
    ['<p>{{A|}}</p>', { A: 'Hello' }, false],
    ['<p>{{A|you}}</p>', { A: '' }, false],
    ['<p>.</p>', { A: '' }, false],
    ['<img src="https://x.example/a.png">', { A: '' }, false],
  ])('says of which mails nothing would be seen: %j with %j', (html, fields, isEmpty) => {
    for (const footer of [null, footerIn('en')]) {
      const looking = new Preflight(aTemplate(html), footer, [])
      looking.take(aRow(fields, 7))
      expect(looking.answer()).toMatchObject({ mails: 1, emptyTexts: { count: Number(isEmpty) } })
    }
  })

  it('says which mails have no subject, and where a fallback stands; they are sent', () => {
    const looking = new Preflight(aTemplate('x {{Last|friend}}', '{{First|}}'), null, [])
    for (const [at, First] of ['Ann', '', ' '].entries())
      looking.take(aRow({ First, Last: at === 2 ? 'Lee' : '' }, at + 1))
    expect(looking.answer()).toMatchObject({
      mails: 3,
      emptySubjects: { count: 2, rows: [2, 3] },
      fallbacks: { First: { count: 2, rows: [2, 3] }, Last: { count: 2, rows: [1, 2] } },
      emptyFields: {},
    })
  })

  it('a list without a single good row is said to be one', () => {
    expect(preflight('{{First}}', []).answer()).toMatchObject({
      mails: 0,
      recipients: 0,
      secondsAtPace: 0,
      unknownFields: ['First'],
    })
  })
})

describe('how long it takes', () => {
  it.each([
    ['one mail', 1, 1, 10_000, 2],
    ['a thousand: 34 minutes', 1000, 1000, 10_000, 2000],
    ['a full day: five and a half hours', 10_000, 10_000, 10_000, 20_000],
    ['one more than a day allows', 10_001, 10_001, 10_000, 86_402],
    ['two full days', 20_000, 20_000, 10_000, 86_400 + 20_000],
    ['six days and a bit', 60_001, 60_001, 10_000, 6 * 86_400 + 2],
    ['copies that fill the day', 5_000, 20_000, 10_000, 86_400 + 5_000],
    ['5 MB each: bytes set the pace', 100, 100, 5 * 1024 * 1024, 1000],
  ])('%s', (_, mails, recipients, bytesPerMail, seconds) => {
    expect(secondsAtPace({ mails, recipients, bytesPerMail })).toBe(seconds)
  })

  it('never less than any one limit allows, and never less for more', () => {
    const count = fc.integer({ min: 1, max: 100_000 })
    fc.assert(
      fc.property(
        count,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 100, max: 10_000_000 }),
        (mails, each, bytesPerMail) => {
          const at = (n: number) => secondsAtPace({ mails: n, recipients: n * each, bytesPerMail })
          expect(at(mails)).toBeGreaterThanOrEqual(mails * 2)
          expect(at(mails)).toBeGreaterThanOrEqual((Math.ceil((mails * each) / 10_000) - 1) * 86_400)
          expect(at(mails)).toBeGreaterThanOrEqual((mails * bytesPerMail * 300) / (150 * 1024 * 1024) - 1)
          expect(at(mails + 1)).toBeGreaterThanOrEqual(at(mails))
        },
      ),
    )
  })
})
