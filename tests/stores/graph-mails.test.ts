import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Mails } from '@securemailmerge/shared/graph/mails'
import type { Outcome } from '@securemailmerge/shared/graph/outcome'
import type { Mail } from '@securemailmerge/shared/merging/mail'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Deed } from '../../infra/local/graph/deeds.ts'
import { type LocalGraph, startGraph } from '../../infra/local/graph/start-graph.ts'
import { cast } from '../../infra/local/identity/cast.ts'

const begin = Date.parse('2026-03-01T12:00:00Z')
const olivia = cast.olivia.mail
let time = begin
let graph: LocalGraph
let mails: Mails
let token: string
const others: Server[] = []

beforeEach(async () => {
  time = begin
  graph = await startGraph({ now: () => new Date(time) })
  mails = new Mails({ api: graph.api, now: () => new Date(time) })
  token = tokenOf(cast.olivia)
})
afterEach(async () => {
  await graph.close()
  for (const server of others.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const everything = ['Mail.Send', 'Mail.Send.Shared', 'Mail.ReadWrite']
const tokenOf = ({ tenantId, objectId }: { tenantId: string; objectId: string }, scopes = everything) =>
  graph.tokenFor({ tenantId, objectId, scopes })

let row = 0
const aMail = (some: Partial<Mail> = {}): Mail => ({
  ...{ from: null, to: [{ address: 'ann@x.example', name: 'Ann' }], cc: [], bcc: [], subject: 'Hi', html: '<p>Hi</p>' },
  ...{ stamp: `c1.${++row}`, attachments: [] },
  ...some,
})
const aFile = (bytes: number, name = 'file.bin') => ({
  ...{ name, contentType: 'application/octet-stream', bytes: new Uint8Array(bytes).fill(7) },
})

function had<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome))
  return outcome.value
}
const drafted = async (mail = aMail()) => ({ mail, ...had(await mails.createDraft(token, mail)) })
const done = <T>(value: T) => ({ kind: 'done', value })
const throttled = (retryAfterMs: number | null) => ({ kind: 'refused', why: { class: 'throttled', retryAfterMs } })
const transient = (code: string) => ({ kind: 'refused', why: { class: 'transient', code } })
const unclear = (reason: unknown) => ({ kind: 'unclear', reason })
const times = (stamp: string) => graph.delivered.filter((one) => one.stamp === stamp).length
const faulty = (path: string, deed: Deed, count = 1) => graph.faults.add({ path, times: count, do: deed })

/** Another server in place of Graph, which answers as it is told. */
async function another(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.resume()
    answer(request, response)
  })
  others.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1.0`)
}
const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))

describe('draft and send', () => {
  it('a draft is made, found, sent, and found as sent', async () => {
    const { mail, id, internetMessageId } = await drafted()
    expect(await mails.look(token, id)).toEqual(done('draft'))
    expect(await mails.find(token, internetMessageId)).toEqual(done('draft'))
    expect(await mails.foundByStamp(token, mail.stamp)).toEqual(done('none'))
    expect(graph.delivered).toEqual([])
    expect(await mails.sendDraft(token, id)).toEqual(done(undefined))
    expect(await mails.look(token, id)).toEqual(done('sent'))
    expect(await mails.find(token, internetMessageId)).toEqual(done('sent'))
    expect(await mails.foundByStamp(token, mail.stamp)).toEqual(done('sent'))
    expect(graph.delivered).toMatchObject([
      { mailbox: olivia, from: olivia, to: mail.to, subject: 'Hi', html: mail.html, stamp: mail.stamp },
    ])
    expect(graph.delivered[0]?.headers).toEqual([{ name: 'x-securemailmerge-id', value: mail.stamp }])
  })

  it('where the id is replaced, the draft is gone after it was sent, and its message id still finds it', async () => {
    graph.act.behave(olivia, { idAfterSend: 'replaced' })
    const { id, internetMessageId } = await drafted()
    await mails.sendDraft(token, id)
    expect(await mails.look(token, id)).toEqual(done('gone'))
    expect(await mails.find(token, internetMessageId)).toEqual(done('sent'))
  })

  it('a second send is unclear where it finds nothing, and a second mail where Exchange is of that kind', async () => {
    const { mail, id } = await drafted()
    await mails.sendDraft(token, id)
    expect(await mails.sendDraft(token, id)).toEqual(unclear('ErrorItemNotFound'))
    expect(times(mail.stamp)).toBe(1)
    graph.act.behave(olivia, { secondSend: 'sent_again' })
    expect(await mails.sendDraft(token, id)).toEqual(done(undefined))
    expect(times(mail.stamp)).toBe(2)
  })

  it('the index is behind: what was just sent is not found yet', async () => {
    graph.act.behave(olivia, { idAfterSend: 'replaced', indexLagSeconds: 90 })
    const { mail, id, internetMessageId } = await drafted()
    await mails.sendDraft(token, id)
    expect(await mails.find(token, internetMessageId)).toEqual(done('none'))
    expect(await mails.foundByStamp(token, mail.stamp)).toEqual(done('none'))
    time += 90_000
    expect(await mails.find(token, internetMessageId)).toEqual(done('sent'))
    expect(await mails.foundByStamp(token, mail.stamp)).toEqual(done('sent'))
  })

  it('a mail to oneself is found as sent', async () => {
    const { id, internetMessageId } = await drafted(aMail({ to: [{ address: olivia, name: null }] }))
    await mails.sendDraft(token, id)
    expect(graph.store.of(olivia, 'inbox')).toHaveLength(1)
    expect(await mails.find(token, internetMessageId)).toEqual(done('sent'))
  })

  it('strays of a campaign are listed by stamp, over many pages, and deleted', async () => {
    const stamps = Array.from({ length: 230 }, (_, at) => `c'9.${at + 1}`)
    for (const stamp of stamps) await mails.createDraft(token, aMail({ stamp }))
    const { id } = await drafted(aMail({ stamp: "c'99.1" }))
    const strays = had(await mails.draftsOf(token, "c'9"))
    expect(strays.map(({ stamp }) => stamp).toSorted()).toEqual(stamps.toSorted())
    for (const stray of strays) expect(await mails.deleteDraft(token, stray.id)).toEqual(done(undefined))
    expect(await mails.draftsOf(token, "c'9")).toEqual(done([]))
    expect(graph.store.of(olivia, 'deleteditems')).toHaveLength(230)
    // Deleting is no fence: it lies in Deleted Items and is a draft there, which can be sent.
    const deleted = String(strays[0]?.id)
    expect(await mails.look(token, deleted)).toEqual(done('draft'))
    expect(await mails.deleteDraft(token, deleted)).toEqual(done(undefined))
    expect(await mails.look(token, deleted)).toEqual(done('gone'))
    expect(await mails.deleteDraft(token, deleted)).toEqual(done(undefined))
    expect(await mails.look(token, id)).toEqual(done('draft'))
  }, 20_000)

  it('files go along: small ones at once, bigger ones one by one, large ones in ranges', async () => {
    const sizes = [[0, 100], [1_500_000, 1_600_000], [3_139_999], [3_140_000], [3 * 1024 * 1024], [7_000_000]]
    for (const some of sizes) {
      const mail = aMail({ attachments: some.map((bytes, at) => aFile(bytes, `résumé ${at}.pdf`)) })
      const { id } = had(await mails.createDraft(token, mail))
      await mails.sendDraft(token, id)
      const { files } = graph.delivered.at(-1)!
      expect(files.map(({ name, size }) => [name, size])).toEqual(some.map((bytes, at) => [`résumé ${at}.pdf`, bytes]))
    }
    expect(Object.fromEntries(graph.calls)).toMatchObject({
      'POST me/messages/:id/attachments': 3,
      'POST me/messages/:id/attachments/createUploadSession': 3,
      'PUT upload/:id': 5,
    })
    const sha256 = graph.delivered[0]?.files[0]?.sha256
    expect(sha256).toMatch(/^e3b0c442/)
  })

  it('a file that fails leaves a draft without it, which is a stray and not a result', async () => {
    faulty('me/messages/:id/attachments', { status: 503, retryAfter: 2 })
    const mail = aMail({ attachments: [aFile(1_500_000), aFile(1_500_000)] })
    expect(await mails.createDraft(token, mail)).toEqual(throttled(2_000))
    expect(had(await mails.draftsOf(token, 'c1'))).toMatchObject([{ stamp: mail.stamp }])
    expect(graph.delivered).toEqual([])
  })
})

describe('send in one call', () => {
  it('needs no right to read, and leaves a copy in Sent Items that its stamp finds', async () => {
    const sending = tokenOf(cast.olivia, ['Mail.Send'])
    const mail = aMail({ attachments: [aFile(10)] })
    expect(await mails.sendMail(sending, mail)).toEqual(done(undefined))
    expect(await mails.foundByStamp(sending, mail.stamp)).toEqual({
      kind: 'refused',
      why: { class: 'sign_in', code: 'ErrorAccessDenied', claims: null },
    })
    expect(await mails.foundByStamp(token, mail.stamp)).toEqual(done('sent'))
    expect(graph.delivered[0]).toMatchObject({ stamp: mail.stamp, files: [{ size: 10 }] })
  })

  it('a mail that is too long for one call is the fault of its row', async () => {
    const mail = aMail({ attachments: [aFile(3_500_000)] })
    expect(await mails.sendMail(token, mail)).toMatchObject({ kind: 'refused', why: { class: 'row' } })
  })

  it('as a shared mailbox, for those who may', async () => {
    const from = 'events@contoso.example'
    expect(await mails.sendMail(token, aMail({ from }))).toEqual(done(undefined))
    expect(await mails.sendMail(tokenOf(cast.amir), aMail({ from }))).toEqual(done(undefined))
    expect(graph.delivered).toMatchObject([
      { mailbox: olivia, from, onBehalf: false },
      { mailbox: cast.amir.mail, from, onBehalf: true },
    ])
    const denied = { kind: 'refused', why: { class: 'sender', code: 'ErrorSendAsDenied' } }
    expect(await mails.sendMail(tokenOf(cast.bea), aMail({ from }))).toEqual(denied)
    const { id } = await drafted(aMail({ from: 'board@contoso.example' }))
    expect(await mails.sendDraft(token, id)).toEqual(denied)
  })
})

describe('what Microsoft refuses', () => {
  it.each([
    ['an address', () => graph.act.refuseAddress('ann@x.example'), 'row', 'ErrorInvalidRecipients'],
    ['a blocked mailbox', () => graph.act.setState(olivia, 'blocked'), 'sender', 'ErrorAccountSuspend'],
    ['a mailbox that is gone', () => graph.act.setState(olivia, 'gone'), 'sender', 'MailboxNotEnabledForRESTAPI'],
    ['a token that was revoked', () => graph.tokens.revoke(token), 'sign_in', 'InvalidAuthenticationToken'],
  ] as const)('%s', async (_, prepare, name, code) => {
    const { id } = await drafted()
    prepare()
    expect(await mails.sendDraft(token, id)).toMatchObject({ kind: 'refused', why: { class: name, code } })
    expect(await mails.sendMail(token, aMail())).toMatchObject({ kind: 'refused', why: { class: name, code } })
    expect(graph.delivered).toEqual([])
  })

  it('the day limit by its code, with every status that it has been seen with', async () => {
    graph.act.sendOwnMail(olivia, 9_999)
    expect(await mails.sendMail(token, aMail())).toEqual(done(undefined))
    for (let turn = 0; turn < 3; turn += 1)
      expect(await mails.sendMail(token, aMail())).toEqual({ kind: 'refused', why: { class: 'day_limit' } })
    expect(await mails.sendMail(tokenOf(cast.bea), aMail())).toEqual(done(undefined))
    time += 24 * 3_600_000
    expect(await mails.sendMail(token, aMail())).toEqual(done(undefined))
  })

  it('a sign-in with the claims that the next one needs', async () => {
    const claims = { access_token: { nbf: { essential: true, value: '1' } } }
    faulty('me/sendMail', { status: 401, claims })
    expect(await mails.sendMail(token, aMail())).toEqual({
      kind: 'refused',
      why: { class: 'sign_in', code: 'InvalidAuthenticationToken', claims: JSON.stringify(claims) },
    })
  })
})

describe('C27 throttled, in every form, whichever call it is', () => {
  const answers: [string, Deed, object][] = [
    ['Retry-After: 1', { status: 429, retryAfter: 1 }, throttled(1_000)],
    ['no header', { status: 429 }, throttled(null)],
    ['an HTTP-date', { status: 429, retryAfter: { dateInSeconds: 120 } }, throttled(120_000)],
    ['a date that is past', { status: 429, retryAfter: { dateInSeconds: -120 } }, throttled(null)],
    ['Retry-After: 3600', { status: 429, retryAfter: 3600 }, throttled(3_600_000)],
    ['Retry-After: -5', { status: 429, retryAfter: '-5' }, throttled(null)],
    ['an absurd one', { status: 429, retryAfter: '31536000' }, throttled(24 * 3_600_000)],
    ['503 with a time', { status: 503, retryAfter: 7 }, throttled(7_000)],
    ['503 without one', { status: 503 }, transient('ErrorServerBusy')],
  ]
  const calls: [string, (id: string) => Promise<Outcome<unknown>>][] = [
    ['me/messages', () => mails.createDraft(token, aMail())],
    ['me/messages/:id/send', (id) => mails.sendDraft(token, id)],
    ['me/sendMail', () => mails.sendMail(token, aMail())],
    ['me/messages/:id', (id) => mails.look(token, id)],
    ['me/mailFolders/:id/messages', () => mails.draftsOf(token, 'c1')],
  ]

  it.each(answers)('%s', async (_, deed, outcome) => {
    const { id } = await drafted()
    for (const [path, call] of calls) {
      faulty(path, deed)
      expect([path, await call(id)]).toEqual([path, outcome])
    }
    expect(graph.delivered).toEqual([])
    // Nothing was asked twice: waiting is for whoever called.
    expect([...graph.calls.values()].reduce((sum, count) => sum + count, 0)).toBe(1 + calls.length)
  })

  it('C27 twenty times in a row: twenty answers, twenty calls, no mail; then it is sent once', async () => {
    const mail = aMail()
    faulty('me/sendMail', { status: 429, retryAfter: 1 }, 20)
    for (let time = 0; time < 20; time += 1) expect(await mails.sendMail(token, mail)).toEqual(throttled(1_000))
    expect(await mails.sendMail(token, mail)).toEqual(done(undefined))
    expect([graph.calls.get('POST me/sendMail'), times(mail.stamp)]).toEqual([21, 1])
  })

  it.each([10, '-5', { dateInSeconds: 60 }])('C27 202 is success, also with Retry-After %j', async (retryAfter) => {
    const { mail, id } = await drafted()
    faulty('me/messages/:id/send', { retryAfter })
    expect(await mails.sendDraft(token, id)).toEqual(done(undefined))
    faulty('me/sendMail', { retryAfter })
    const other = aMail()
    expect(await mails.sendMail(token, other)).toEqual(done(undefined))
    expect([times(mail.stamp), times(other.stamp)]).toEqual([1, 1])
  })

  it('C27 a fifth call of a mailbox at a time is throttled, and another mailbox is not', async () => {
    graph.faults.add({ mailbox: olivia, times: 4, do: { hold: 'before' } })
    const four = Array.from({ length: 4 }, () => mails.sendMail(token, aMail()))
    await expect.poll(() => graph.faults.held).toBe(4)
    expect(await mails.sendMail(token, aMail())).toEqual(throttled(null))
    expect(await mails.sendMail(tokenOf(cast.bea), aMail())).toEqual(done(undefined))
    graph.faults.release()
    expect(await Promise.all(four)).toEqual(Array(4).fill(done(undefined)))
    expect([graph.limits.peakOf(olivia), graph.delivered.length]).toEqual([4, 5])
  })

  it('C27 too many in ten minutes, too many bytes in five: throttled until the window has moved', async () => {
    graph.limits.most.requests = 3
    for (let count = 0; count < 3; count += 1) await mails.sendMail(token, aMail())
    expect(await mails.sendMail(token, aMail())).toEqual(throttled(600_000))
    time += 600_000
    graph.limits.most.bytes = 3_000
    expect(await mails.sendMail(token, aMail({ html: 'x'.repeat(2_000) }))).toEqual(done(undefined))
    expect(await mails.sendMail(token, aMail({ html: 'x'.repeat(2_000) }))).toEqual(throttled(300_000))
    time += 300_000
    expect(await mails.sendMail(token, aMail({ html: 'x'.repeat(2_000) }))).toEqual(done(undefined))
  })
})

describe('what nobody can tell', () => {
  type Send = [string, string, (mail: Mail) => Promise<Outcome<void>>]
  const sends: Send[] = [
    ['a draft', 'me/messages/:id/send', async (mail) => mails.sendDraft(token, (await drafted(mail)).id)],
    ['in one call', 'me/sendMail', (mail) => mails.sendMail(token, mail)],
  ]
  const ends: [string, Deed, unknown, number][] = [
    ['accepted, then 504', { status: 504, when: 'after' }, 'http_504', 1],
    ['504, and nothing was done', { status: 504 }, 'http_504', 0],
    ['accepted, then 500', { status: 500, when: 'after' }, 'ErrorInternalServerError', 1],
    ['502', { status: 502 }, 'http_502', 0],
    ['reset before it was done', { drop: 'before' }, expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/), 0],
    ['reset after it was done', { drop: 'after' }, expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/), 1],
    ['a fault without end', { endless: 'before' }, 'http_500', 0],
  ]

  it.each(sends.flatMap(([how, path, send]) => ends.map((end) => [how, end[0], path, send, end] as const)))(
    '%s: %s',
    async (_how, _what, path, send, [, deed, reason, accepted]) => {
      const mail = aMail()
      faulty(path, deed)
      expect(await send(mail)).toEqual(unclear(reason))
      expect(times(mail.stamp)).toBe(accepted)
    },
  )

  it('an accepted mail whose answer does not end is sent', async () => {
    for (const [, path, send] of sends) {
      const mail = aMail()
      faulty(path, { endless: 'after' })
      expect(await send(mail)).toEqual(done(undefined))
      expect(times(mail.stamp)).toBe(1)
    }
  })

  it('a draft that was made, and nobody heard of: it is found by its stamp', async () => {
    for (const deed of [{ drop: 'after' }, { status: 504, when: 'after' }, { endless: 'after' }] satisfies Deed[]) {
      const mail = aMail()
      faulty('me/messages', deed)
      expect(await mails.createDraft(token, mail)).toMatchObject({ kind: 'unclear' })
      expect(had(await mails.draftsOf(token, 'c1')).map(({ stamp }) => stamp)).toContain(mail.stamp)
    }
    expect(graph.delivered).toEqual([])
  })

  it('what only reads may be asked again', async () => {
    const { id, internetMessageId } = await drafted()
    for (const deed of [{ drop: 'before' }, { status: 504 }, { status: 500 }, { endless: 'after' }] satisfies Deed[]) {
      faulty('me/messages/:id', deed)
      expect(await mails.look(token, id)).toMatchObject({ kind: 'refused', why: { class: 'transient' } })
      graph.faults.add({ method: 'GET', path: 'me/messages', times: 1, do: deed })
      expect(await mails.find(token, internetMessageId)).toMatchObject({ kind: 'refused', why: { class: 'transient' } })
    }
  })

  it('nobody there: nothing was sent', async () => {
    const api = await another(() => {})
    others.splice(0).forEach((server) => void server.close())
    const nobody = new Mails({ api, now: () => new Date(time) })
    expect(await nobody.sendMail(token, aMail())).toEqual(transient('ECONNREFUSED'))
    expect(await nobody.sendDraft(token, 'id')).toEqual(transient('ECONNREFUSED'))
    const nowhere = new Mails({ api: new URL('http://graph.invalid/v1.0'), now: () => new Date(time) })
    expect(await nowhere.sendMail(token, aMail())).toMatchObject({ kind: 'refused', why: { class: 'transient' } })
  })

  it('no answer at all: unclear after 30 s for a send, given up after 20 s for the rest', async () => {
    const silent = new Mails({ api: await another(() => {}), now: () => new Date(time) })
    const real = AbortSignal.timeout
    const waited = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => real.call(AbortSignal, ms / 1000))
    expect(await silent.sendMail(token, aMail())).toEqual(unclear('timeout'))
    expect(await silent.sendDraft(token, 'id')).toEqual(unclear('timeout'))
    expect(await silent.createDraft(token, aMail())).toEqual(unclear('timeout'))
    expect(await silent.deleteDraft(token, 'id')).toEqual(unclear('timeout'))
    expect(await silent.look(token, 'id')).toEqual(transient('timeout'))
    expect(await silent.find(token, '<1@x>')).toEqual(transient('timeout'))
    expect(waited.mock.calls.map(([ms]) => ms)).toEqual([30_000, 30_000, 20_000, 20_000, 20_000, 20_000])
    waited.mockRestore()
  })
})

describe('answers that lead elsewhere', () => {
  const sees: string[] = []
  let elsewhere: string
  beforeEach(async () => {
    sees.length = 0
    const api = await another((request, response) => {
      sees.push(`${request.method} ${request.headers.authorization}`)
      json(response, 200, { value: [] })
    })
    elsewhere = api.origin
  })
  const mailsOf = async (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
    new Mails({ api: await another(answer), now: () => new Date(time) })

  it('a list goes on only where it began, and no token goes anywhere else', async () => {
    const links = [`${elsewhere}/v1.0/me/messages`, 'http://user@127.0.0.1/v1.0/me/messages', 'file:///etc/passwd']
    for (const link of links) {
      const odd = await mailsOf((_, response) => json(response, 200, { value: [], '@odata.nextLink': link }))
      expect(await odd.find('secret', '<1@x>')).toEqual(transient('foreign_address'))
      expect(await odd.draftsOf('secret', 'c1')).toEqual(transient('foreign_address'))
    }
    expect(sees).toEqual([])
  })

  it('a list that never ends is left', async () => {
    let asked = 0
    const endless = await mailsOf((request, response) => {
      asked += 1
      json(response, 200, { value: [], '@odata.nextLink': `http://${request.headers.host}/v1.0/me/messages?$skip=1` })
    })
    expect(await endless.find('secret', '<1@x>')).toEqual(done('none'))
    expect(asked).toBe(20)
  })

  it('a file goes up only to Graph or Exchange', async () => {
    const odd = await mailsOf((request, response) => {
      const made = { id: 'a', internetMessageId: '<1@x>' }
      json(response, 201, request.url?.endsWith('createUploadSession') ? { uploadUrl: `${elsewhere}/up` } : made)
    })
    expect(await odd.createDraft('secret', aMail({ attachments: [aFile(4_000_000)] }))).toEqual({
      kind: 'refused',
      why: { class: 'sender', code: 'foreign_address' },
    })
    expect(sees).toEqual([])
  })

  it('no redirect is followed', async () => {
    const moved = await mailsOf((_, response) => json(response, 307, {}, { Location: `${elsewhere}/v1.0/me/sendMail` }))
    expect(await moved.sendMail('secret', aMail())).toEqual(transient('http_307'))
    expect(await moved.look('secret', 'id')).toEqual(transient('http_307'))
    expect(sees).toEqual([])
  })
})

describe('answers that make no sense', () => {
  it.each<[string, number, unknown]>([
    ['no JSON', 201, 'oops'],
    ['another shape', 201, { id: 5 }],
    ['no ids', 201, { id: '', internetMessageId: '' }],
    ['another success', 200, { id: 'a', internetMessageId: '<1@x>' }],
  ])('of a draft, %s: unclear', async (_, status, body) => {
    const api = await another((_request, response) => json(response, status, body))
    const odd = new Mails({ api, now: () => new Date(time) })
    expect(await odd.createDraft(token, aMail())).toMatchObject({ kind: 'unclear' })
    expect(await odd.look(token, 'id')).toMatchObject({ kind: 'refused', why: { class: 'transient' } })
  })

  it('an error in the words of somebody else is judged by its status, and its words are not repeated', async () => {
    const words: unknown[] = [
      { error: { code: 'x\ny <b>' } },
      { error: 'no' },
      'no',
      { error: { code: 'E'.repeat(65) } },
    ]
    for (const body of words) {
      const api = await another((_request, response) => json(response, 400, body))
      const odd = new Mails({ api, now: () => new Date(time) })
      const why = { class: 'row', code: 'http_400', isFinal: false }
      expect(await odd.sendMail(token, aMail())).toEqual({ kind: 'refused', why })
    }
  })

  it('only a message that is not there is gone; a mailbox that is not there is not', async () => {
    for (const [code, outcome] of [
      ['ErrorItemNotFound', done('gone')],
      [
        'MailboxNotEnabledForRESTAPI',
        { kind: 'refused', why: { class: 'sender', code: 'MailboxNotEnabledForRESTAPI' } },
      ],
      ['ResourceNotFound', { kind: 'refused', why: { class: 'sender', code: 'ResourceNotFound' } }],
    ] as const) {
      const api = await another((_request, response) => json(response, 404, { error: { code, message: 'no' } }))
      expect(await new Mails({ api, now: () => new Date(time) }).look(token, 'id')).toEqual(outcome)
    }
  })

  it.each([
    [500, 64 * 1024],
    [201, 8 * 1024 * 1024],
    [202, 0],
  ])('of a body without end, status %d, at most %d bytes are read', async (status, most) => {
    const part = Buffer.alloc(64 * 1024, ' ')
    let written = 0
    const api = await another((_request, response) => {
      response.writeHead(status)
      const pour = () => {
        if (response.destroyed) return
        written += part.length
        if (response.write(part)) setImmediate(pour)
        else response.once('drain', pour)
      }
      pour()
    })
    await new Mails({ api, now: () => new Date(time) }).createDraft(token, aMail())
    // Beside what lies in the buffers of both ends.
    expect(written).toBeLessThan(most + 8 * 1024 * 1024)
  })
})
