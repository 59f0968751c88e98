import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cast } from '../../../../infra/local/identity/cast.ts'
import { bea, type Machine, minute, of, olivia, startMachine, to } from './mailboxes.ts'

const day = 24 * 60 * minute
let machine: Machine
beforeEach(async () => {
  machine = await startMachine()
})
afterEach(() => machine.close())

const asBea = () => ({ authorization: `Bearer ${machine.tokens.bea}` })
const codes = (answers: { code: string | undefined }[]) => answers.map(({ code }) => code)

describe('an accepted mail', () => {
  it('is told of as it left, Bcc too', async () => {
    await machine.send({ ccRecipients: [to('c@x.example')], bccRecipients: [to(bea)] })
    expect(machine.graph.delivered).toMatchObject([
      {
        ...{ mailbox: olivia, from: olivia, onBehalf: false, subject: 'Hello', html: '<p>Hi</p>' },
        to: [{ address: 'ann@x.example', name: null }],
        cc: [{ address: 'c@x.example' }],
        bcc: [{ address: bea }],
        stamp: expect.stringMatching(/^c1\.\d+$/),
        at: Date.parse('2026-03-01T12:00:00Z'),
      },
    ])
    const [received] = machine.graph.store.of(bea, 'inbox')
    expect(received).toMatchObject({ subject: 'Hello', bcc: [], isDraft: false })
    expect(machine.graph.store.of(olivia, 'sentitems')).toHaveLength(1)
  })

  it('leaves no copy when none is wanted, and has no stamp when it has none', async () => {
    const message = { subject: 'x', toRecipients: [to('a@x.example')] }
    const answer = await machine.ask('POST me/sendMail', { message, saveToSentItems: false })
    expect([answer.status, answer.text]).toEqual([202, ''])
    expect(machine.graph.store.of(olivia)).toEqual([])
    expect(machine.graph.delivered).toMatchObject([{ stamp: null, html: '' }])
  })
})

describe('another sender', () => {
  const from = to('events@contoso.example')

  it('who may: as, on behalf, and not at all', async () => {
    const { ask, send, tokenOf, graph } = machine
    const asAmir = { authorization: `Bearer ${tokenOf(cast.amir)}` }
    expect(codes([await send({ from }), await send({ from }, asAmir), await send({ from }, asBea())])).toEqual([
      ...[undefined, undefined, 'ErrorSendAsDenied'],
    ])
    expect(graph.delivered.map(({ mailbox, onBehalf }) => [mailbox, onBehalf])).toEqual([
      [olivia, false],
      [cast.amir.mail, true],
    ])
    expect((await send({ from: to('nobody@contoso.example') })).code).toBe('ErrorSendAsDenied')
    expect((await send({ from: to(bea) })).code).toBe('ErrorSendAsDenied')
    expect((await send({ from: to(olivia.toUpperCase()) })).status).toBe(202)
    const { id } = await machine.draft({ from: to('board@contoso.example') })
    expect(await ask(`POST ${of(id, '/send')}`)).toMatchObject({ status: 403, code: 'ErrorSendAsDenied' })
    expect((await ask(`GET ${of(id)}`)).json.isDraft).toBe(true)
  })

  it('rights come and go', async () => {
    const { send, graph } = machine
    graph.act.permit('events@contoso.example', bea, 'send_on_behalf')
    expect((await send({ from }, asBea())).status).toBe(202)
    graph.act.permit('events@contoso.example', bea, 'none')
    expect((await send({ from }, asBea())).code).toBe('ErrorSendAsDenied')
    expect((await send({ from })).status).toBe(202)
    expect(() => graph.act.permit('nowhere@contoso.example', bea, 'send_as')).toThrow('nowhere@contoso.example')
  })

  it('needs the permission that is named for it', async () => {
    const headers = { authorization: `Bearer ${machine.tokenOf(cast.olivia, ['Mail.Send'])}` }
    expect((await machine.send({ from }, headers)).code).toBe('ErrorAccessDenied')
    expect((await machine.send({}, headers)).status).toBe(202)
  })
})

describe('a mail that is refused', () => {
  it.each([
    ['nobody', []],
    ['two signs', [to('bad@@x.example')]],
    ['blank', [to(' ')]],
    ['no sign', [to('no-at')]],
    ['320 characters', [to(`${'a'.repeat(308)}@x.example`)]],
    ['a line break', [to('a@x.example\r\nBcc: b@x.example')]],
    ['one of two', [to('ok@x.example'), to('bad@@x.example')]],
  ])('for its recipients: %s', async (_, toRecipients) => {
    const { ask, draft, send, graph } = machine
    const { id } = await draft({ toRecipients })
    for (const answer of [await send({ toRecipients }), await ask(`POST ${of(id, '/send')}`)])
      expect([answer.status, answer.code]).toEqual([400, 'ErrorInvalidRecipients'])
    expect(graph.delivered).toEqual([])
  })

  it('for an address that is refused here, in any case, until it is not', async () => {
    machine.graph.act.refuseAddress('Ann@X.example')
    expect((await machine.send()).code).toBe('ErrorInvalidRecipients')
    expect((await machine.send({ toRecipients: [to('bob@x.example')] })).status).toBe(202)
    machine.graph.act.refuseAddress('ann@x.example', false)
    expect((await machine.send()).status).toBe(202)
  })

  it('for too many in one mail', async () => {
    const toRecipients = Array.from({ length: 501 }, (_, at) => to(`a${at}@x.example`))
    expect((await machine.send({ toRecipients })).code).toBe('ErrorExceededMaxRecipientLimit')
    expect((await machine.send({ toRecipients: toRecipients.slice(1) })).status).toBe(202)
  })

  it('of a blocked mailbox; it can still read, and it is open again', async () => {
    const { ask, draft, send, graph } = machine
    const { id } = await draft()
    graph.act.setState(olivia, 'blocked')
    for (const answer of [await send(), await ask(`POST ${of(id, '/send')}`)])
      expect([answer.status, answer.code]).toEqual([403, 'ErrorAccountSuspend'])
    expect((await ask(`GET ${of(id)}`)).json.isDraft).toBe(true)
    expect((await send({}, asBea())).status).toBe(202)
    graph.act.setState(olivia, 'open')
    expect((await send()).status).toBe(202)
  })

  it('of an account without a mailbox', async () => {
    machine.graph.act.setState(olivia, 'gone')
    expect(await machine.send()).toMatchObject({ status: 404, code: 'MailboxNotEnabledForRESTAPI' })
  })
})

describe('limits', () => {
  it('more than 30 in a minute are accepted, and told of', async () => {
    const { send, graph, passes } = machine
    for (let count = 0; count < 30; count += 1) await send()
    expect(graph.tooFast).toEqual([])
    passes(minute - 1)
    expect((await send()).status).toBe(202)
    expect(graph.tooFast).toMatchObject([{ mailbox: olivia, inMinute: 31, stamp: graph.delivered[30]?.stamp }])
    await send({}, asBea())
    passes(1)
    await send()
    expect([graph.tooFast.length, graph.delivered.length]).toEqual([1, 33])
  })

  it('10,000 recipients in 24 hours, To, Cc and Bcc, of whoever sends; told with 400, 403 and 429 in turn', async () => {
    const { send, passes } = machine
    const many = (name: string, count: number) => Array.from({ length: count }, (_, at) => to(`${name}${at}@x.example`))
    const three = () =>
      send({ toRecipients: many('t', 100), ccRecipients: many('c', 100), bccRecipients: many('b', 50) })
    for (let count = 0; count < 39; count += 1) expect((await three()).status).toBe(202)
    passes(60 * minute)
    expect((await send({ toRecipients: many('t', 250), from: to('events@contoso.example') })).status).toBe(202)
    const refused = [await send(), await send(), await send(), await send()]
    expect(refused.map(({ status }) => status)).toEqual([400, 403, 429, 400])
    expect(new Set(codes(refused))).toEqual(new Set(['ErrorExceededMessageLimit']))
    expect((await send({}, asBea())).status).toBe(202)
    passes(day - 60 * minute)
    expect((await three()).status).toBe(202)
  }, 20_000)

  it("the person's own mail counts for the day", async () => {
    machine.graph.act.sendOwnMail(olivia, 9_999)
    expect(codes([await machine.send(), await machine.send()])).toEqual([undefined, 'ErrorExceededMessageLimit'])
  })

  it('four requests at a time, of each mailbox; what was refused took no place', async () => {
    const { send, graph } = machine
    graph.faults.add({ mailbox: olivia.toUpperCase(), times: 4, do: { hold: 'before' } })
    const four = [send(), send(), send(), send()]
    await expect.poll(() => graph.faults.held).toBe(4)
    const fifth = await send()
    expect([fifth.status, fifth.code, fifth.headers.get('retry-after')]).toEqual([429, 'ApplicationThrottled', null])
    expect(fifth.json.error.message).toContain('MailboxConcurrency')
    expect((await send({}, asBea())).status).toBe(202)
    graph.faults.release()
    expect((await Promise.all(four)).map(({ status }) => status)).toEqual([202, 202, 202, 202])
    expect((await send()).status).toBe(202)
    expect([graph.limits.peakOf(olivia), graph.limits.peakOf(bea)]).toEqual([4, 1])
  })

  it('requests in ten minutes, and bytes in five, with the time until there is room', async () => {
    const { ask, send, graph, passes } = machine
    graph.limits.most.requests = 2
    await ask('GET me/messages')
    passes(minute)
    await ask('GET me/messages')
    const third = await ask('GET me/messages')
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, String(9 * 60)])
    passes(9 * minute)
    expect((await ask('GET me/messages')).status).toBe(200)
    graph.limits.most.requests = 10_000
    graph.limits.most.bytes = 1_000
    expect((await send()).status).toBe(202)
    const large = { body: { contentType: 'HTML', content: 'x'.repeat(700) } }
    expect((await send(large)).headers.get('retry-after')).toBe('300')
    expect((await send()).status).toBe(202)
    passes(5 * minute)
    expect((await send(large)).status).toBe(202)
  })

  it('a clock that is set back forgets what has not been yet', async () => {
    const { send, graph, passes } = machine
    graph.act.sendOwnMail(olivia, 10_000)
    passes(-60 * minute)
    expect((await send()).status).toBe(202)
  })
})
