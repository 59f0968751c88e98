import { CampaignView } from '@securemailmerge/shared/http/contracts/campaign-views'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { aWish, type CampaignCall, type CampaignKit, must, startCampaigns } from '../../kit/campaigns.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 200 })
})
afterAll(() => kit.close())
// Nobody may make 30 in a minute.
afterEach(() => kit.advance(60_000))

const post = (wish: object = {}, call: CampaignCall = {}) => kit.ask('create_campaign', { ...call, body: aWish(wish) })
const withKey = (key: string, more: CampaignCall = {}) => ({ ...more, headers: { 'idempotency-key': key } })
const file = (name: string, bytes = 3) => ({
  ...{ name, contentType: 'text/plain' },
  base64: Buffer.alloc(bytes, 'x').toString('base64'),
})

describe('200', () => {
  it('a campaign without a list, as its sender sees it', async () => {
    const { json } = must(await post())
    expect(CampaignView.strict().parse(json)).toEqual(json)
    expect(json).toMatchObject({ name: 'News', state: 'draft', total: 0, mode: 'send', from: null, footer: null })
    expect(json.campaignId.split('.')[0]).toBe(mailboxIdOf(cast.olivia))
    expect(json.counts).toEqual({ sent: 0, failed: 0, unknown: 0, sending: 0, pending: 0 })
  })

  it('without a mode it is what the grant allows: drafts, by which each mail goes out exactly once, else one call', async () => {
    const modeOf = async () => must(await post({ mode: undefined }, { as: 'carla' })).json.mode
    expect(await modeOf()).toBe('send')
    await kit.allow('carla')
    expect(await modeOf()).toBe('send')
    await kit.allow('carla', { drafts: true })
    expect(await modeOf()).toBe('draft')
    await kit.disallow('carla')
    expect(await modeOf()).toBe('send')
  })

  it('what was asked is kept: name, sender, way, language; all else has a default', async () => {
    const wish = { name: '  Spring  ', from: 'events@contoso.example', mode: 'draft', language: 'fr' }
    expect((await post(wish)).json).toMatchObject({ name: 'Spring', from: 'events@contoso.example', mode: 'draft' })
  })

  it('the template is kept cleaned, and nothing of it stands in the store', async () => {
    const html = '<p onclick="x()">Dear {{First}}</p><script>steal()</script>'
    const { json } = must(await post({ html, subject: 'Unheard-of {{No}}' }))
    const stored = await kit.services.content.template(json)
    expect(stored?.html).toContain('Dear {{First}}')
    expect(stored?.html).not.toMatch(/onclick|script|steal/)
    expect(JSON.stringify(kit.stored('olivia'))).not.toMatch(/Unheard-of|Dear/)
  })

  it('files of together 3 MB, byte for byte', async () => {
    const half = 3 * 512 * 1024
    const { json } = must(await post({ mode: 'draft', attachments: [file('a.txt', half), file('b.txt', half)] }))
    const kept = await kit.services.content.attachments(json)
    expect(kept.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['a.txt', half],
      ['b.txt', half],
    ])
  })
})

describe('Idempotency-Key', () => {
  it('the same key and the same wish: the same campaign, also side by side', async () => {
    const twins = await Promise.all(Array.from({ length: 8 }, () => post({}, withKey('twins'))))
    expect(twins.map(({ status }) => status)).toEqual(twins.map(() => 200))
    expect(new Set(twins.map(({ json }) => json.campaignId)).size).toBe(1)
    expect((await post({}, withKey('twins'))).json).toEqual(twins[0]?.json)
  })

  it('422: the same key for another wish, and the first campaign stays as it is', async () => {
    const first = must(await post({ name: 'First' }, withKey('again')))
    for (const other of [{ name: 'Second' }, { subject: 'Other' }, { attachments: [file('a.txt')] }]) {
      const { status, json } = await post({ ...{ name: 'First' }, ...other }, withKey('again'))
      expect([status, json.title]).toEqual([422, 'idempotency_mismatch'])
    }
    expect((await kit.at('show_campaign', first.json.campaignId)).json.name).toBe('First')
  })

  it('is one account’s own, and without one each call makes a campaign', async () => {
    const ids = [
      (await post({}, withKey('mine'))).json.campaignId,
      (await post({}, withKey('mine', { as: 'amir' }))).json.campaignId,
      (await post()).json.campaignId,
      (await post()).json.campaignId,
    ]
    expect(new Set(ids).size).toBe(4)
  })

  it('400: no key at all', async () => {
    for (const key of ['x'.repeat(256), 'two words', 'clé'])
      expect((await post({}, withKey(key))).json.errors).toEqual([
        { at: 'Idempotency-Key', fault: 'not_1_to_255_visible_characters' },
      ])
  })

  it('a repeat makes good what the first call could not finish', async () => {
    const broken = kit.host()
    broken.content.putTemplate = () => Promise.reject(new Error('the host dies here'))
    const call = { ...withKey('dies'), body: aWish() }
    expect((await kit.ask('create_campaign', call, broken)).status).toBe(500)
    const { json } = must(await kit.ask('create_campaign', call))
    expect(
      (await kit.upload(json.campaignId, [{ row: 1, to: 'a@x.example', fields: { First: 'A', No: '1' } }])).status,
    ).toBe(200)
  })
})

it('whoever dies between its files and its template leaves nothing that could go out without its files', async () => {
  const list = [{ row: 1, to: 'a@x.example', fields: { First: 'A', No: '1' } }]
  let steps = 0
  for (let dies = 1; steps === 0; dies += 1) {
    const broken = kit.host()
    const { content } = broken
    let step = 0
    for (const part of ['putAttachments', 'putTemplate'] as const) {
      const put = content[part].bind(content) as (...asked: unknown[]) => Promise<void>
      content[part] = (...asked: unknown[]) =>
        ++step >= dies ? Promise.reject(new Error('the host dies here')) : put(...asked)
    }
    const name = `dies-at-${dies}`
    const call = { ...withKey(name), body: aWish({ name, attachments: [file('plan.txt')] }) }
    if ((await kit.ask('create_campaign', call, broken)).status === 200) steps = step
    const { campaigns: all } = (await kit.ask('list_campaigns')).json
    const { campaignId } = all.find((one: { name: string }) => one.name === name)
    const uploaded = (await kit.upload(campaignId, list)).status
    const kept = (await kit.services.content.attachments({ campaignId })).map((one) => one.name)
    // Refused, or with its file.
    expect([dies, uploaded, kept], `dies at ${dies}`).toEqual(
      steps > 0 ? [dies, 200, ['plan.txt']] : [dies, 404, dies === 1 ? [] : ['plan.txt']],
    )
    must(await kit.at('delete_campaign', campaignId))
  }
  expect(steps).toBe(2)
})

describe('400: names what is wrong', () => {
  it.each([
    [{ name: '' }, 'body.name'],
    [{ name: ' ' }, 'body.name'],
    [{ name: 'x'.repeat(201) }, 'body.name'],
    [{ name: undefined }, 'body.name'],
    [{ subject: 'x'.repeat(999) }, 'body.subject'],
    [{ subject: null }, 'body.subject'],
    [{ html: 'x'.repeat(1_000_001) }, 'body.html'],
    [{ from: 'nobody' }, 'body.from'],
    [{ from: `${'x'.repeat(250)}@x.example` }, 'body.from'],
    [{ mode: 'smtp' }, 'body.mode'],
    [{ language: 'de' }, 'body.language'],
    [{ attachments: [{ ...file('a.txt'), name: '' }] }, 'body.attachments.0.name'],
    [{ attachments: [file('a.txt'), file('x'.repeat(256))] }, 'body.attachments.1.name'],
    [{ attachments: [{ ...file('a.txt'), contentType: 'text' }] }, 'body.attachments.0.contentType'],
    [{ attachments: [{ ...file('a.txt'), contentType: 'text/plain\r\nBcc: x' }] }, 'body.attachments.0.contentType'],
    [{ attachments: [{ ...file('a.txt'), base64: 'a?' }] }, 'body.attachments.0.base64'],
    [{ attachments: [{ ...file('a.txt'), isInline: true }] }, 'body.attachments.0.isInline'],
    [{ attachments: Array.from({ length: 21 }, (_, at) => file(`${at}.txt`)) }, 'body.attachments'],
    [{ to: ['everybody@x.example'] }, 'body.to'],
  ])('%j', async (wish, at) => {
    const { status, json } = await post(wish)
    expect([status, json.title, json.errors.map((error: { at: string }) => error.at)]).toEqual([
      ...[400, 'input_invalid', [at]],
    ])
    expect(json.detail).not.toMatch(/everybody|nobody/)
  })

  it('several at once', async () => {
    const { json } = await post({ name: '', mode: 'x', language: 'y' })
    expect(json.errors.map(({ at }: { at: string }) => at).toSorted()).toEqual([
      'body.language',
      'body.mode',
      'body.name',
    ])
  })

  it.each([
    'run.exe',
    'RUN.EXE',
    'a.pdf.exe',
    'run.exe.',
    'run.exe ',
    'run.exe. . ',
    'a.ps1',
    'a.js',
    'a.lnk',
    'a.hta',
  ])('an executable: %j', async (name) => {
    expect((await post({ attachments: [file('ok.txt'), file(name)] })).json).toMatchObject({
      ...{ status: 400, errors: [{ at: 'body.attachments.1.name', fault: 'executable' }] },
    })
  })

  it.each([
    ...['../other/x.txt', '..\\x.txt', '/etc/passwd', 'a/b', 'C:\\x.txt', 'C:x.txt', 'x.txt:hidden', '..', '.', ' '],
    ...['a\r\nBcc: x.txt', 'a\u0000.txt', 'a\u2028.txt', 'cod\u202Etxt.pdf', 'a\u2066.txt'],
  ])('a name that is none: %j', async (name) => {
    expect((await post({ attachments: [file(name)] })).json).toMatchObject({
      ...{ status: 400, errors: [{ at: 'body.attachments.0.name', fault: 'not_a_file_name' }] },
    })
  })

  it.each(['résumé "v2".pdf', '请柬.docx', 'exe', 'my.exe.txt', 'notes.com.au.pdf', '.profile', 'a b (1).txt'])(
    'but a name that looks odd is one: %j',
    async (name) => expect((await post({ attachments: [file(name)] })).status).toBe(200),
  )
})

describe('the template', () => {
  it.each([
    [{ subject: 'Hi {{First' }, 'braces_not_closed', 'subject'],
    [{ html: 'Hi {{First' }, 'braces_not_closed', 'body'],
    [{ html: 'Hi First}}' }, 'braces_not_opened', 'body'],
    [{ html: '{{ }}' }, 'name_missing', 'body'],
    [{ html: '<a href="javascript:{{x}}">x</a>' }, 'link_not_allowed', 'body'],
    [{ html: '<p style="color:{{x}}">x</p>' }, 'field_in_style', 'body'],
    [{ html: '<!-- {{x}} -->' }, 'field_in_comment', 'body'],
    [{ html: '<script>{{x}}</script>' }, 'field_in_script', 'body'],
  ])('422: %j', async (wish, code, part) => {
    const { status, json } = await post(wish)
    expect([status, json.title]).toEqual([422, 'template_invalid'])
    expect(json.problems[0]).toMatchObject({ code, part, line: 1 })
  })

  it('422: each problem of it, with its place, and nothing is kept', async () => {
    const before = kit.stored('olivia').length
    const { json } = await post({ subject: '{{', html: '<p>\n{{a</p><p>\n\n b}}</p>' })
    expect(json.problems.map(({ part }: { part: string }) => part)).toEqual(['subject', 'body', 'body'])
    expect(kit.stored('olivia')).toHaveLength(before)
  })
})

describe('413 and 415', () => {
  it('files of more than 3 MB together', async () => {
    const half = 3 * 512 * 1024
    for (const mode of ['draft', 'send']) {
      const { status, json } = await post({ mode, attachments: [file('a.txt', half), file('b.txt', half + 1)] })
      expect([status, json.title, json.limit]).toEqual([413, 'body_too_large', 3 * 1024 * 1024])
    }
  })

  it('without drafts: what does not fit into the one call of its mail, template included', async () => {
    const attachments = [file('a.txt', 2_900_000)]
    must(await post({ attachments }))
    for (const more of [
      { attachments: [file('a.txt', 3 * 1024 * 1024)] },
      { attachments, html: 'x'.repeat(200_000) },
    ]) {
      const { status, json } = await post(more)
      expect([status, json.title, json.limit]).toEqual([413, 'body_too_large', 4_000_000])
      must(await post({ ...more, mode: 'draft' }))
    }
  })

  it('more than 100 that are not started; deleting one makes room', async () => {
    const made: string[] = []
    for (let n = 0; n < 100; n++) {
      if (n % 25 === 0) kit.advance(60_000)
      made.push(String(must(await post({}, { as: 'lee' })).json.campaignId))
    }
    const key = withKey('one-too-many', { as: 'lee' })
    const { status, json } = await post({}, key)
    expect([status, json.title, json.limit]).toEqual([409, 'too_many_campaigns', 100])
    kit.advance(60_000)
    must(await kit.at('delete_campaign', made[0]!, { as: 'lee' }))
    must(await post({}, key))
  }, 60_000)

  it('a body that is too long', async () => {
    const { status, json } = await post({ html: 'x'.repeat(8 * 1024 * 1024) })
    expect([status, json.title]).toEqual([413, 'body_too_large'])
  })

  it.each([{ 'content-type': 'text/plain' }, { 'content-encoding': 'gzip' }])('%j', async (headers) => {
    expect((await post({}, { headers })).status).toBe(415)
  })
})
