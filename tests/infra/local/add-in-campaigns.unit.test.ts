import { describe, expect, it } from 'vitest'
import { CampaignClient, isOn, Refused } from '../../../infra/local/add-in/campaign-client.ts'

// Decision 5 and "Sending": off by default, and then no request of an add-in carries a recipient, subject or body.

const content = { name: 'kanari', subject: 'kanari', html: 'kanari', from: null, mode: 'send', language: 'en' } as const
const states = ['ready', 'needs_sign_in', 'blocked_by_policy', 'consent_withdrawn', 'ended', null]

/** A client, and what it has asked for; the server says that the mailbox is in this state. */
function client(state: string | null, token: string | null = 'token', answers: Record<string, () => Response> = {}) {
  const asked: { url: string; init: RequestInit }[] = []
  const mailboxes = state === null ? [] : [{ state }]
  const fetch = async (url: string, init: RequestInit = {}) => {
    asked.push({ url, init })
    const answer = Object.entries(answers).find(([part]) => url.includes(part))?.[1]
    if (answer) return answer()
    return Response.json(url.endsWith('/mailboxes') ? { mailboxes, lastAttempt: null } : { campaignId: 'c' })
  }
  const parts = { origin: 'http://localhost:4280', language: 'fr', token: () => token, proof: () => 'proof', fetch }
  return { client: new CampaignClient(parts), asked }
}

const carrying: [string, (one: CampaignClient) => Promise<unknown>][] = [
  ['create', (one) => one.create(content, 'key')],
  ['upload', (one) => one.upload('c', '{"to":"kanari@x.example"}')],
  ['test', (one) => one.test('c', 1, 'kanari@x.example')],
]

describe.each(carrying)('%s', (_, call) => {
  it.each(states)('with a mailbox that is %s', async (state) => {
    const { client: one, asked } = client(state)
    const refused = await call(one).then(
      () => null,
      (error: Refused) => error.code,
    )
    const on = state === 'ready' || state === 'needs_sign_in' || state === 'blocked_by_policy'
    expect(refused).toBe(on ? null : 'sending_off')
    expect(JSON.stringify(asked).includes('kanari')).toBe(on)
  })

  it('asks nothing at all of somebody who has never wished for it', async () => {
    const { client: one, asked } = client('ready', null)
    await expect(call(one)).rejects.toThrow('sending_off')
    expect(asked).toEqual([])
  })

  it('carries nothing while nobody can say whether it is on', async () => {
    const down = () => {
      throw new TypeError('fetch failed')
    }
    const { client: one, asked } = client('ready', 'token', { '/mailboxes': down })
    await expect(call(one)).rejects.toThrow('no_answer')
    expect(JSON.stringify(asked)).not.toContain('kanari')
  })
})

describe('the other calls', () => {
  it('carry a token, a language, and a proof only where mails are made or shown', async () => {
    const { client: one, asked } = client('ready')
    await one.create(content, 'key')
    await one.upload('c', '{}')
    await one.start('c', { at: null, leaveOut: false })
    await one.act('c', 'pause')
    await one.preview('c', 1)
    await one.test('c', 1, 'kanari@x.example')
    const headers = asked.map(({ init }) => new Headers(init.headers))
    expect(headers.map((one) => [one.get('authorization'), one.get('accept-language')])).toEqual(
      Array(9).fill(['Bearer token', 'fr']),
    )
    expect(headers.map((one) => one.get('licence-proof'))).toEqual([
      ...[null, 'proof', null, 'proof'],
      ...['proof', null, 'proof', null, 'proof'],
    ])
    expect(headers[1]?.get('idempotency-key')).toBe('key')
  })

  it('say what a problem says, and that nobody answered', async () => {
    const problem = () => Response.json({ title: 'campaign_state', state: 'paused' }, { status: 409 })
    const { client: one } = client('ready', 'token', {
      pause: problem,
      cancel: () => new Response('', { status: 502 }),
    })
    await expect(one.act('c', 'pause')).rejects.toMatchObject({
      ...{ code: 'campaign_state', status: 409, about: { state: 'paused' } },
    })
    await expect(one.act('c', 'cancel')).rejects.toMatchObject({ code: 'no_answer', status: 502 })
    expect(await one.act('c', 'cancel').catch((error) => error instanceof Refused)).toBe(true)
  })

  it('read a report to its end', async () => {
    const parts = [new Response('a\n', { headers: { 'Next-After': '5000' } }), new Response('b\n')]
    const { client: one, asked } = client('ready', 'token', { report: () => parts.shift() as Response })
    expect(await one.report('c', 'csv')).toBe('a\nb\n')
    expect(asked.map(({ url }) => new URL(url).search)).toEqual(['?format=csv&after=0', '?format=csv&after=5000'])
  })

  it('show a preview, with its subject', async () => {
    const headers = { 'Mail-Subject': encodeURIComponent('Ça va ?') }
    const { client: one } = client('ready', 'token', { 'rows/1': () => new Response('<p>1', { headers }) })
    expect(await one.preview('c', 1)).toEqual({ subject: 'Ça va ?', html: '<p>1' })
  })

  it('count a mailbox as on while only a sign-in or a policy is in the way', () => {
    expect(states.filter((state) => isOn(state === null ? null : ({ state } as never)))).toEqual(states.slice(0, 3))
  })
})
