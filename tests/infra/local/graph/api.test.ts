import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cast } from '../../../../infra/local/identity/cast.ts'
import { aMessage, type Machine, minute, of, olivia, startMachine, to } from './mailboxes.ts'

let machine: Machine
beforeEach(async () => {
  machine = await startMachine()
})
afterEach(() => machine.close())

const filter = (text: string) => `me/messages?$filter=${encodeURIComponent(text)}`
const property = "String {A16235D1-0000-47fd-8fae-7ed53be5898f} Name it's"
const having = (value: string, id = property) =>
  `singleValueExtendedProperties/any(ep: ep/id eq '${id.replaceAll("'", "''")}' and ep/value eq '${value}')`
const idsOf = ({ json }: { json: { value: { id: string }[] } }) => json.value.map(({ id }) => id)

describe('a draft', () => {
  it('has its ids at once, and is shown as it was written', async () => {
    const { ask } = machine
    const cc = [{ emailAddress: { address: 'c@x.example', name: 'Müller, Jürgen "JJ"' } }]
    const made = await ask('POST me/messages', { ...aMessage(), ccRecipients: cc, from: to('events@contoso.example') })
    expect(made.status).toBe(201)
    const { id, internetMessageId } = made.json
    expect(internetMessageId).toMatch(/^<[^<>@]+@[^<>@]+>$/)
    const { json } = await ask(`GET ${of(id)}`)
    expect(json).toEqual(made.json)
    expect(json).toMatchObject({
      ...{ id, internetMessageId, isDraft: true, subject: 'Hello', hasAttachments: false },
      body: { contentType: 'html', content: '<p>Hi</p>' },
      from: to('events@contoso.example'),
      ccRecipients: cc,
      createdDateTime: '2026-03-01T12:00:00.000Z',
    })
    expect((await ask(`GET ${of(id)}?$select=id,isDraft`)).json).toEqual({
      '@odata.etag': expect.any(String),
      ...{ id, isDraft: true },
    })
  })

  it('is changed by what a change names', async () => {
    const { ask, draft } = machine
    const { id } = await draft()
    const changed = await ask(`PATCH ${of(id)}`, { subject: 'Other', bccRecipients: [to('b@x.example')] })
    expect(changed.status).toBe(200)
    expect((await ask(`GET ${of(id)}`)).json).toMatchObject({
      subject: 'Other',
      bccRecipients: [to('b@x.example')],
      toRecipients: [to('ann@x.example')],
    })
  })

  it('is deleted into Deleted Items, where it is a draft that can be sent; from there it is gone', async () => {
    const { ask, draft, graph } = machine
    const [one, two] = [await draft(), await draft()]
    for (const { id } of [one, two]) expect((await ask(`DELETE ${of(id)}`)).status).toBe(204)
    expect(idsOf(await ask('GET me/mailFolders/drafts/messages'))).toEqual([])
    expect(idsOf(await ask('GET me/mailFolders/deleteditems/messages'))).toEqual([two.id, one.id])
    expect((await ask(`GET ${of(one.id)}`)).json.isDraft).toBe(true)
    expect((await ask(`POST ${of(one.id, '/send')}`)).status).toBe(202)
    expect(graph.delivered).toHaveLength(1)
    expect((await ask(`DELETE ${of(two.id)}`)).status).toBe(204)
    expect(await ask(`DELETE ${of(two.id)}`)).toMatchObject({ status: 404, code: 'ErrorItemNotFound' })
    expect(await ask(`POST ${of(two.id, '/send')}`)).toMatchObject({ status: 404, code: 'ErrorItemNotFound' })
  })

  it("is nobody else's", async () => {
    const { ask, draft, tokens } = machine
    const { id } = await draft()
    const asBea = { authorization: `Bearer ${tokens.bea}` }
    for (const what of [`GET ${of(id)}`, `DELETE ${of(id)}`, `POST ${of(id, '/send')}`])
      expect((await ask(what, undefined, asBea)).code).toBe('ErrorItemNotFound')
    expect(idsOf(await ask('GET me/messages', undefined, asBea))).toEqual([])
  })
})

describe('a draft that is sent', () => {
  it.each([
    ['survives', 'not_found', { byId: 200, again: 404, accepted: 1 }],
    ['survives', 'sent_again', { byId: 200, again: 202, accepted: 2 }],
    ['replaced', 'not_found', { byId: 404, again: 404, accepted: 1 }],
    ['replaced', 'sent_again', { byId: 404, again: 404, accepted: 1 }],
  ] as const)('id %s, second send %s', async (idAfterSend, secondSend, expected) => {
    const { ask, draft, graph } = machine
    graph.act.behave(olivia, { idAfterSend, secondSend })
    const { id, internetMessageId } = await draft()
    const sent = await ask(`POST ${of(id, '/send')}`)
    expect([sent.status, sent.text]).toEqual([202, ''])
    const byId = await ask(`GET ${of(id)}`)
    const again = await ask(`POST ${of(id, '/send')}`)
    expect({ byId: byId.status, again: again.status, accepted: graph.delivered.length }).toEqual(expected)
    if (byId.status === 200) expect(byId.json.isDraft).toBe(false)
    const { value } = (await ask(`GET ${filter(`internetMessageId eq '${internetMessageId}'`)}`)).json
    expect(value).toMatchObject([{ isDraft: false, internetMessageId }])
    // As measured: alike but for the last characters.
    expect(value[0].id.slice(0, 40)).toBe(id.slice(0, 40))
    expect(value[0].id === id).toBe(idAfterSend === 'survives')
    expect(idsOf(await ask('GET me/mailFolders/sentitems/messages'))).toEqual([value[0].id])
  })

  it('with the id that is new it is sent again where Exchange is of that kind', async () => {
    const { ask, draft, graph } = machine
    graph.act.behave(olivia, { idAfterSend: 'replaced', secondSend: 'sent_again' })
    await ask(`POST ${of((await draft()).id, '/send')}`)
    const [id] = idsOf(await ask('GET me/mailFolders/sentitems/messages'))
    expect((await ask(`POST ${of(String(id), '/send')}`)).status).toBe(202)
    expect(graph.delivered).toHaveLength(2)
    expect((await ask(`GET ${of(String(id))}`)).status).toBe(200)
  })

  it('is changed no more', async () => {
    const { ask, draft } = machine
    const { id } = await draft()
    await ask(`POST ${of(id, '/send')}`)
    expect((await ask(`PATCH ${of(id)}`, { subject: 'late' })).code).toBe('ErrorInvalidOperation')
  })
})

describe('lists', () => {
  it('come in pages, the newest first, by a link that leads back here', async () => {
    const { ask, draft, graph } = machine
    const made: string[] = []
    for (let count = 0; count < 25; count += 1) made.unshift((await draft()).id)
    const first = await ask('GET me/messages?$select=id')
    expect(idsOf(first)).toEqual(made.slice(0, 10))
    expect(new URL(first.json['@odata.nextLink']).origin).toBe(graph.origin)
    const second = await ask(`GET ${first.json['@odata.nextLink']}`)
    const third = await ask(`GET ${second.json['@odata.nextLink']}`)
    expect([...idsOf(second), ...idsOf(third)]).toEqual(made.slice(10))
    expect(third.json['@odata.nextLink']).toBeUndefined()
    expect(idsOf(await ask('GET me/messages?$top=100'))).toEqual(made)
  })

  it('are filtered by message id, property and draft, and show a property that is asked for', async () => {
    const { ask, draft } = machine
    const one = await draft({ singleValueExtendedProperties: [{ id: property, value: "O'Neil" }] })
    const two = await draft({ singleValueExtendedProperties: [{ id: property, value: 'other' }] })
    const found = async (text: string) => idsOf(await ask(`GET ${filter(text)}`))
    expect(await found(`internetMessageId eq '${two.internetMessageId}'`)).toEqual([two.id])
    expect(await found(having("O''Neil"))).toEqual([one.id])
    expect(await found(having("O''Neil", property.toUpperCase().replace('STRING', 'String')))).toEqual([one.id])
    expect(await found(having('o’neil'))).toEqual([])
    expect(await found(`isDraft eq true and ${having('other')}`)).toEqual([two.id])
    expect(await found('isDraft eq false')).toEqual([])
    const named = property.replaceAll("'", "''")
    expect(named).toContain("''")
    const plain = 'String 0x1045'
    const { id } = await draft({ singleValueExtendedProperties: [{ id: plain, value: '<https://x>' }] })
    const expand = `$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${plain}')`)}`
    expect((await ask(`GET ${of(id)}?$select=id&${expand}`)).json.singleValueExtendedProperties).toEqual([
      { id: plain, value: '<https://x>' },
    ])
    expect((await ask(`GET ${of(one.id)}?${expand}`)).json.singleValueExtendedProperties).toBeUndefined()
  })

  it('the index lags behind each change, on the clock; a plain list does not', async () => {
    const { ask, draft, graph, passes } = machine
    graph.act.behave(olivia, { indexLagSeconds: 30 })
    const { id, internetMessageId } = await draft()
    const found = async () => idsOf(await ask(`GET ${filter(`internetMessageId eq '${internetMessageId}'`)}`))
    expect([await found(), idsOf(await ask('GET me/messages'))]).toEqual([[], [id]])
    passes(30_000)
    expect(await found()).toEqual([id])
    await ask(`POST ${of(id, '/send')}`)
    expect(await found()).toEqual([])
    passes(30_000)
    expect(await found()).toEqual([id])
    // A clock that is set back makes nothing invisible.
    passes(-60 * minute)
    expect(await found()).toEqual([id])
  })
})

describe('files', () => {
  const bytes = (length: number) => new Uint8Array(length).fill(5)
  const base64 = (length: number) => Buffer.from(bytes(length)).toString('base64')
  const file = (length: number) => ({
    ...{ '@odata.type': '#microsoft.graph.fileAttachment', name: 'a.pdf', contentType: 'application/pdf' },
    contentBytes: base64(length),
  })
  const session = (size: number) => ({ AttachmentItem: { attachmentType: 'file', name: 'big.bin', size } })
  const anonymous = { authorization: undefined, prefer: undefined }
  const range = (from: number, until: number, size: number) => ({
    'content-range': `bytes ${from}-${until - 1}/${size}`,
  })

  it('small ones come with the draft or one by one', async () => {
    const { ask, draft, graph } = machine
    const { id, hasAttachments } = await draft({ attachments: [file(3)] })
    expect(hasAttachments).toBe(true)
    expect(await ask(`POST ${of(id, '/attachments')}`, file(4))).toMatchObject({ status: 201, json: { size: 4 } })
    await ask(`POST ${of(id, '/send')}`)
    expect(graph.delivered[0]?.files).toMatchObject([{ name: 'a.pdf', size: 3 }, { size: 4 }])
  })

  it('large ones in ranges, in their order, under an address that takes no token', async () => {
    const { ask, draft, graph, passes } = machine
    const size = 6 * 1024 * 1024
    const half = size / 2
    const { id } = await draft()
    const begun = await ask(`POST ${of(id, '/attachments/createUploadSession')}`, session(size))
    expect(begun).toMatchObject({ status: 201, json: { nextExpectedRanges: ['0'] } })
    const put = (from: number, until: number, headers: object = anonymous) =>
      ask(`PUT ${begun.json.uploadUrl}`, bytes(until - from), { ...headers, ...range(from, until, size) })
    expect((await put(0, half, {})).status).toBe(401)
    expect((await put(half, size)).code).toBe('ErrorInvalidAttachmentRange')
    expect((await put(0, half)).json.nextExpectedRanges).toEqual([String(half)])
    expect((await put(0, half)).code).toBe('ErrorInvalidAttachmentRange')
    passes(minute)
    expect((await put(half, size)).status).toBe(201)
    expect((await put(half, size)).status).toBe(404)
    await ask(`POST ${of(id, '/send')}`)
    expect(graph.delivered[0]?.files).toMatchObject([{ name: 'big.bin', size }])
    expect((await ask(`PUT ${graph.origin}/upload/none?authtoken=x`, bytes(1), anonymous)).status).toBe(404)
  })

  it('a session waits three hours', async () => {
    const { ask, draft, passes } = machine
    const size = 3 * 1024 * 1024
    const { id } = await draft()
    const { json } = await ask(`POST ${of(id, '/attachments/createUploadSession')}`, session(size))
    passes(181 * minute)
    const late = await ask(`PUT ${json.uploadUrl}`, bytes(size), { ...anonymous, ...range(0, size, size) })
    expect(late.status).toBe(404)
  })

  it.each<[string, number, (machine: Machine, id: string) => ReturnType<Machine['ask']>]>([
    ['too large for one call', 413, ({ ask }, id) => ask(`POST ${of(id, '/attachments')}`, file(3_200_000))],
    ['a call beyond 4 MB', 413, ({ send }) => send({ body: { contentType: 'HTML', content: 'x'.repeat(4_200_000) } })],
    [
      'too small for ranges',
      400,
      ({ ask }, id) => ask(`POST ${of(id, '/attachments/createUploadSession')}`, session(2_000_000)),
    ],
    [
      'beyond 150 MB',
      413,
      ({ ask }, id) => ask(`POST ${of(id, '/attachments/createUploadSession')}`, session(160_000_000)),
    ],
  ])('%s: %d', async (_, status, act) => {
    expect((await act(machine, (await machine.draft()).id)).status).toBe(status)
  })
})

describe('what is not understood is refused by name', () => {
  it.each([
    ['POST me/messages/$batch', 'POST /v1.0/me/messages/$batch'],
    ['GET me/events', 'GET /v1.0/me/events'],
    ['GET users/olivia@contoso.example/messages', 'GET /v1.0/users/olivia@contoso.example/messages'],
    ['GET me/messages?$search=x', '$search'],
    ['GET me/messages?$select=id,importance', 'importance'],
    ['GET me/messages?$expand=attachments', 'attachments'],
    ['GET me/messages?$top=1001', '1001'],
    ['GET me/mailFolders/junk/messages', 'junk'],
    [`GET ${filter("subject eq 'x'")}`, "subject eq 'x'"],
    [`GET ${filter('isDraft eq true or isDraft eq false')}`, 'or isDraft eq false'],
    [`GET ${filter("startswith(internetMessageId,'x')")}`, 'startswith'],
  ])('%s', async (what, named) => {
    const { status, json } = await machine.ask(what)
    expect(status).toBe(400)
    expect(json.error.message).toContain(named)
  })

  it.each([
    ['a property', { importance: 'high' }, 'importance'],
    ['one inside', { body: { contentType: 'HTML', content: '', charset: 'x' } }, 'charset'],
    ['another type of property', { singleValueExtendedProperties: [{ id: 'Integer 0x1', value: '1' }] }, 'texts'],
    ['another type of file', { attachments: [{ '@odata.type': '#microsoft.graph.itemAttachment' }] }, 'odata.type'],
    ['a header of the standard', { internetMessageHeaders: [{ name: 'List-Unsubscribe', value: 'x' }] }, 'x-'],
    ['a header of two lines', { internetMessageHeaders: [{ name: 'x-a', value: 'a\r\nBcc: b@x' }] }, 'x-a'],
    [
      'six headers',
      { internetMessageHeaders: Array.from({ length: 6 }, (_, at) => ({ name: `x-${at}`, value: '' })) },
      'less than or equal to 5',
    ],
  ])('in a message: %s', async (_, some, named) => {
    for (const { status, json } of [
      await machine.ask('POST me/messages', { ...aMessage(), ...some }),
      await machine.send(some),
    ]) {
      expect(status).toBe(400)
      expect(json.error.message).toContain(named)
    }
    expect(machine.graph.store.of(olivia)).toEqual([])
  })

  it('a body that is no JSON, and ids that change when a message moves', async () => {
    const { ask, graph, tokens } = machine
    const headers = { authorization: `Bearer ${tokens.olivia}`, prefer: 'IdType="ImmutableId"' }
    const response = await fetch(`${graph.api}/me/messages`, { method: 'POST', headers, body: '{' })
    expect(response.status).toBe(400)
    for (const prefer of [undefined, 'outlook.timezone="UTC"'])
      expect((await ask('POST me/messages', aMessage(), { prefer })).json.error.message).toContain('ImmutableId')
  })
})

describe('rights', () => {
  it.each([
    ['Mail.Send', ['POST me/sendMail', 'POST send']],
    ['Mail.Read', ['GET me/messages', 'GET me/messages/:id']],
    ['Mail.ReadWrite', ['GET me/messages', 'GET me/messages/:id', 'POST me/messages', 'DELETE me/messages/:id']],
    ['User.Read', []],
  ])('%s alone allows %j', async (scope, allowed) => {
    const { ask, draft, tokenOf } = machine
    const { id } = await draft()
    const calls: [string, string, unknown?][] = [
      ['GET me/messages', 'GET me/messages'],
      ['GET me/messages/:id', `GET ${of(id)}`],
      ['POST me/messages', 'POST me/messages', aMessage()],
      ['POST me/sendMail', 'POST me/sendMail', { message: aMessage() }],
      ['POST send', `POST ${of(id, '/send')}`],
      ['DELETE me/messages/:id', `DELETE ${of(id)}`],
    ]
    const headers = { authorization: `Bearer ${tokenOf(cast.olivia, [scope])}` }
    const passed: string[] = []
    for (const [name, what, body] of calls) {
      const { status, code } = await ask(what, body, headers)
      if (status < 300) passed.push(name)
      else expect([status, code]).toEqual([403, 'ErrorAccessDenied'])
    }
    expect(passed.toSorted()).toEqual(allowed.toSorted())
  })
})
