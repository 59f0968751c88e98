import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aMessage, type Machine, of, olivia, startMachine, to } from './mailboxes.ts'

const evil = '<img src=x onerror=alert(1)>"\'&'
const inert = '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;'

let machine: Machine
beforeEach(async () => {
  machine = await startMachine()
})
afterEach(() => machine.close())

const look = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${machine.graph.origin}${path}`, { headers, redirect: 'manual' })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
const tell = async (name: string, body?: unknown, { method = 'POST', ...headers }: Record<string, string> = {}) => {
  const response = await fetch(`${machine.graph.origin}/_local/${name}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers have many shapes, which each test reads as it expects them
  return { status: response.status, json: (await response.json()) as any }
}
const hear = async (name: string) => (await tell(name, undefined, { method: 'GET' })).json
const page = (id: string) => `/mail/${encodeURIComponent(id)}`
const newest = (folder: 'sentitems' | 'drafts') => String(machine.graph.store.of(olivia, folder)[0]?.id)

describe('the mailboxes', () => {
  it('are listed with what is in them', async () => {
    await machine.send()
    await machine.draft()
    const { status, text } = await look('/mailboxes?lang=en')
    expect(status).toBe(200)
    for (const part of ['lang="en"', 'Olivia Owner', 'events@contoso.example', 'shared', 'Sent Items', 'folder=drafts'])
      expect(text).toContain(part)
    machine.graph.act.setState(olivia, 'blocked')
    expect((await look('/mailboxes?lang=fr')).text).toMatch(/bloquée[\s\S]*partagée/)
    expect((await look('/')).headers.get('location')).toBe('/mailboxes')
  })

  it('show a folder, page by page, and find in it', async () => {
    for (let count = 1; count <= 120; count += 1)
      await machine.send({ ...aMessage(`c7.${count}`), subject: `Mail ${count} for you` })
    const first = await look(`/mailbox/${olivia}?lang=en`)
    expect(first.text).toContain('100 of 120, newest first.')
    expect([first.text.includes('Mail 120 '), first.text.includes('Mail 20 ')]).toEqual([true, false])
    const second = await look(`/mailbox/${olivia}?lang=en&from=100`)
    expect([second.text.includes('Mail 120 '), second.text.includes('Mail 20 ')]).toEqual([false, true])
    expect(second.text).toContain('Newer')
    const found = await look(`/mailbox/${olivia}?lang=en&find=C7.77`)
    expect([found.text.includes('1 of 1,'), found.text.includes('Mail 77 ')]).toEqual([true, true])
    expect((await look(`/mailbox/${olivia}?lang=fr&folder=drafts`)).text).toContain('Rien ici.')
    expect((await look(`/mailbox/${olivia}?folder=constructor&from=-5`)).status).toBe(200)
    expect((await look('/mailbox/nobody@x.example?lang=fr')).status).toBe(404)
  })
})

describe('a mail', () => {
  it('says who wrote what to whom, in the language asked for; its own HTML is in a frame that may do nothing', async () => {
    const files = [
      {
        '@odata.type': '#microsoft.graph.fileAttachment',
        name: 'a.pdf',
        contentType: 'application/pdf',
        contentBytes: '',
      },
    ]
    await machine.send({ ...aMessage('c1.5'), ccRecipients: [to('c@x.example')], attachments: files })
    const { text, headers } = await look(`${page(newest('sentitems'))}?lang=fr`)
    for (const part of [
      'lang="fr"',
      'Hello',
      olivia,
      'ann@x.example',
      'c@x.example',
      'x-securemailmerge-id: c1.5',
      'a.pdf',
    ])
      expect(text).toContain(part)
    expect(text).not.toContain('<p>Hi</p>')
    expect(text).toContain('<iframe sandbox title=')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*; frame-src 'self'$/)
    const [, source = ''] = /<iframe [^>]*src="([^"]+)"/.exec(text) ?? []
    const content = await look(source)
    expect(content.text).toBe('<p>Hi</p>')
    expect(Object.fromEntries(content.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  })

  it('that is a draft says so; one without HTML is shown as text', async () => {
    const { id } = await machine.draft({ body: { contentType: 'Text', content: '<b>' } })
    expect((await look(`${page(id)}?lang=en`)).text).toContain('>draft<')
    const content = await look(`/content/${encodeURIComponent(id)}`)
    expect([content.text, content.headers.get('content-type')]).toEqual(['<b>', 'text/plain; charset=utf-8'])
    expect((await look('/mail/none')).status).toBe(404)
    expect((await look('/content/none')).status).toBe(404)
  })

  it('puts nothing of its own into a page', async () => {
    const address = { emailAddress: { address: 'ann@x.example', name: evil } }
    const files = [
      { '@odata.type': '#microsoft.graph.fileAttachment', name: evil, contentType: evil, contentBytes: '' },
    ]
    const headers = [{ name: 'x-securemailmerge-id', value: evil }]
    await machine.draft({ subject: evil, toRecipients: [address], attachments: files, internetMessageHeaders: headers })
    const id = newest('drafts')
    const paths = [page(id), `/mailbox/${olivia}?folder=drafts`, `/mailbox/${olivia}?find=${encodeURIComponent(evil)}`]
    for (const path of paths) {
      const { text } = await look(path)
      expect([path, text.includes('<img'), text.includes(inert)]).toEqual([path, false, true])
    }
    const odd = await look(`/mailboxes?lang=en&x=${encodeURIComponent(evil)}`)
    expect(odd.text).not.toContain('<img')
  })
})

describe('the control routes', () => {
  it('count what was accepted, by stamp and mailbox', async () => {
    machine.graph.act.behave(olivia, { secondSend: 'sent_again' })
    const { id } = await machine.draft(aMessage('c1.1'))
    await machine.ask(`POST ${of(id, '/send')}`)
    await machine.ask(`POST ${of(id, '/send')}`)
    await machine.send(aMessage('c1.2'), { authorization: `Bearer ${machine.tokens.bea}` })
    expect(await hear('delivered')).toEqual({
      ...{ count: 3, stamps: 2, twice: { 'c1.1': 2 }, tooFast: 0 },
      mailboxes: { [olivia]: 2, 'bea@contoso.example': 1 },
    })
    expect(await hear(`delivered?mailbox=BEA@contoso.example`)).toMatchObject({ count: 1, twice: {} })
    const { mails } = await hear('mails?from=2')
    expect(mails).toMatchObject([{ stamp: 'c1.2', mailbox: 'bea@contoso.example' }])
    expect((await hear('calls')).calls).toMatchObject({ 'POST me/messages/:id/send': 2, 'POST me/sendMail': 1 })
  })

  it('set faults, by request and by chance, let go of what is held, and clear', async () => {
    const asked = await tell('faults', { path: 'me/sendMail', times: 2, do: { status: 429, retryAfter: '-5' } })
    expect(asked.json).toMatchObject({ faults: [{ path: 'me/sendMail', times: 2 }], chance: null, held: 0 })
    expect((await machine.send()).status).toBe(429)
    expect((await hear('faults')).faults).toMatchObject([{ times: 1 }])
    expect((await tell('faults', undefined, { method: 'DELETE' })).json.faults).toEqual([])
    await tell('chance', { seed: 1, chance: 1, among: ['unavailable'] })
    expect((await machine.send()).status).toBe(503)
    await tell('chance', { seed: 1, chance: 0 })
    await tell('faults', { do: { hold: 'before' } })
    const waiting = machine.send()
    await expect.poll(() => machine.graph.faults.held).toBe(1)
    expect((await tell('release', {})).json).toEqual({ released: 1 })
    expect((await waiting).status).toBe(202)
    expect((await hear('faults')).met).toEqual({ asked: 2, unavailable: 1 })
  })

  it('act, make mailboxes and tokens', async () => {
    const account = {
      tenantId: '11111111-2222-4333-8444-555555555555',
      objectId: '11111111-2222-4333-8444-666666666666',
    }
    const steps: [string, unknown[]][] = [
      ['setMailbox', [{ address: 'New@x.example', account, indexLagSeconds: 5 }]],
      ['behave', ['new@x.example', { idAfterSend: 'replaced' }]],
      ['permit', ['events@contoso.example', 'new@x.example', 'send_as']],
      ['refuseAddress', ['bad@x.example']],
      ['sendOwnMail', ['new@x.example', 3]],
      ['setState', ['new@x.example', 'blocked']],
      ['deleteMessage', [olivia, (await machine.draft()).id, true]],
    ]
    for (const [name, args] of steps) {
      const answer = await tell('act', { do: name, with: args })
      expect([name, answer.status, answer.json.error]).toEqual([name, 200, undefined])
    }
    const { mailboxes } = await hear('mailboxes')
    expect(mailboxes.at(-1)).toMatchObject({
      address: 'new@x.example',
      idAfterSend: 'replaced',
      state: 'blocked',
      account,
    })
    expect(machine.graph.store.of(olivia)).toEqual([])
    const { token } = (await tell('tokens', { ...account, scopes: ['Mail.Send'] })).json
    expect((await machine.send({}, { authorization: `Bearer ${token}` })).code).toBe('ErrorAccountSuspend')
  })

  it.each<[string, string, unknown, number]>([
    ['an unknown route', 'nothing', {}, 404],
    ['an unknown act', 'act', { do: 'constructor', with: [] }, 400],
    ['an act with too little', 'act', { do: 'permit', with: [] }, 400],
    ['an act that is not possible', 'act', { do: 'setState', with: ['nobody@x.example', 'open'] }, 409],
    ['a fault of no kind', 'faults', { do: { explode: true } }, 400],
    ['a fault of no path', 'faults', { path: 'me/nothing', do: { status: 500 } }, 409],
    ['a chance of no kind', 'chance', { seed: 1, chance: 1, among: ['earthquake'] }, 409],
    ['a token of nobody', 'tokens', { scopes: [] }, 400],
  ])('refuse %s', async (_, name, body, status) => {
    expect((await tell(name, body)).status).toBe(status)
  })
})

describe('nobody else', () => {
  /** The status of a request with a Host of its own, which fetch does not allow. */
  const statusFrom = (host: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: machine.graph.port, path, headers: { host } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject).end()
    })

  it('reaches a page, a route or the API under a foreign name', async () => {
    for (const path of ['/mailboxes', '/_local/mailboxes', '/styles/style.css', '/v1.0/me/messages'])
      expect([path, await statusFrom(`evil.example:${machine.graph.port}`, path)]).toEqual([path, 421])
    expect(await statusFrom(`localhost:${machine.graph.port}`, '/mailboxes')).toBe(200)
  })

  it('acts from a page of another origin', async () => {
    const blocking = { do: 'setState', with: [olivia, 'blocked'] }
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example'])
      expect((await tell('act', blocking, { origin })).status).toBe(403)
    expect((await tell('act', blocking, { 'Content-Type': 'text/plain' })).status).toBe(400)
    expect(machine.graph.mailboxes.get(olivia)?.state).toBe('open')
    expect((await tell('act', blocking, { origin: machine.graph.origin })).status).toBe(200)
  })

  it('finds another page, or posts to one', async () => {
    for (const path of ['/constructor', '/mail/a/b', '/styles/..%2Fpages.ts', '/%E0%A4%A'])
      expect([path, (await look(path)).status]).toEqual([path, 404])
    expect((await fetch(`${machine.graph.origin}/mailboxes`, { method: 'POST' })).status).toBe(405)
  })
})
