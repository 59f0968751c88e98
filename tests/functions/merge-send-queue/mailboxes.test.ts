import en from '@securemailmerge/shared/languages/mailbox.en.json' with { type: 'json' }
import fr from '@securemailmerge/shared/languages/mailbox.fr.json' with { type: 'json' }
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { finishMailboxGrant } from '../../../functions/merge-send-queue/finish-mailbox-grant.ts'
import { listMailboxes } from '../../../functions/merge-send-queue/list-mailboxes.ts'
import { returnFromAdminConsent } from '../../../functions/merge-send-queue/return-from-admin-consent.ts'
import { type CastKey, cast, tenants } from '../../../infra/local/identity/cast.ts'
import { type Got, invoke } from '../../kit/invoke.ts'
import { type Mailboxes, startMailboxes } from '../../kit/mailboxes.ts'
import { signInAt } from '../../kit/sign-in.ts'

const minute = 60_000
let kit: Mailboxes
beforeAll(async () => {
  kit = await startMailboxes()
})
afterAll(() => kit.close())
afterEach(() => {
  kit.identity.tokenFaults.clear()
  kit.cosmos.faults.clear()
  for (const person of Object.values(cast)) kit.identity.consents.withdraw(person)
  for (const { id, consent } of Object.values(tenants))
    kit.identity.consents.setPolicy({ tenantId: id, policy: consent })
  kit.advance(24 * 60 * minute)
})

const begin = (as: CastKey, body: object = {}) => kit.call('begin_mailbox_grant', as, { body })
const urlOf = async (as: CastKey, body: object = {}) => String((await begin(as, body)).json.signInUrl)
const list = async (as: CastKey) => (await kit.call('list_mailboxes', as)).json
const titleOf = ({ text }: Got) => /<h1>(.*)<\/h1>/.exec(text)?.[1]
/** Goes all the way to the page that the browser ends on. */
const end = async (as: CastKey, body: object = {}, consent: 'accept' | 'refuse' | 'back' = 'accept', who = as) =>
  kit.open(await signInAt(await urlOf(as, body), who, consent))

describe('POST /api/mailboxes/grants', () => {
  it('200: a page to sign in on, for the account that asks, for ten minutes', async () => {
    const { status, json } = await begin('olivia', { loginHint: 'olivia@contoso.example' })
    expect(status).toBe(200)
    expect(json.grantId).toMatch(/^[\w-]{43}\.[\w-]{22}$/)
    expect(json.grantId.slice(0, 43)).toBe(kit.idOf('olivia'))
    const url = new URL(json.signInUrl)
    expect(url.pathname).toContain(cast.olivia.tenantId)
    expect(url.searchParams.get('login_hint')).toBe('olivia@contoso.example')
    expect(url.searchParams.get('scope')).not.toContain('ReadWrite')
    expect(Date.parse(json.expiresAt) - kit.now().getTime()).toBeGreaterThan(9 * minute)
    expect((await list('olivia')).lastAttempt).toMatchObject({ grant: json.grantId, outcome: 'open' })
  })

  it('asks for drafts and shared mailboxes only when they are wished for', async () => {
    const scope = new URL(await urlOf('olivia', { drafts: true, shared: true })).searchParams.get('scope')
    expect(scope).toContain('https://graph.microsoft.com/Mail.ReadWrite')
    expect(scope).toContain('https://graph.microsoft.com/Mail.Send.Shared')
    // A page that was loaded anew still knows what an administrator has to agree to.
    expect((await list('olivia')).lastAttempt).toMatchObject({ drafts: true, shared: true })
  })

  it('400: a hint that is no address, and what it does not know', async () => {
    for (const body of [{ loginHint: 'nobody' }, { scopes: ['Directory.ReadWrite.All'] }, { drafts: 'yes' }]) {
      expect((await begin('olivia', body)).status).toBe(400)
    }
  })

  it('401: for a token of another audience', async () => {
    const { access_token } = await kit.identity.issue({ person: 'olivia', client: 'addIn', audience: 'licensingApi' })
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await kit.call('begin_mailbox_grant', 'olivia', { headers })).status).toBe(401)
    expect((await kit.call('list_mailboxes', 'olivia', { headers })).status).toBe(401)
  })

  it('429: an account that begins without end', async () => {
    const statuses = await Promise.all(Array.from({ length: 11 }, async () => (await begin('lee')).status))
    expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  })
})

describe('the page of return', () => {
  it('done: says so in the language of its reader, keeps nothing, runs nothing, and lets campaigns go on', async () => {
    for (const [language, words] of [
      ['en', en],
      ['fr', fr],
    ] as const) {
      const page = await kit.open(await signInAt(await urlOf('olivia'), 'olivia'), 'signIn', language)
      expect(page.status).toBe(200)
      expect(titleOf(page)).toBe(words.pages.done.title)
      expect(page.text).toContain(`<html lang="${language}">`)
      expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      expect(page.headers).not.toHaveProperty('set-cookie')
      expect(page.headers).not.toHaveProperty('access-control-allow-origin')
      expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*';/)
      expect(page.text).not.toMatch(/<script|<link|<img|<a | on\w+=/)
    }
    expect(kit.wentOn.at(-1)).toBe(kit.idOf('olivia'))
    expect(await list('olivia')).toMatchObject({
      mailboxes: [{ mailbox: kit.idOf('olivia'), state: 'ready', drafts: false, shared: false }],
      lastAttempt: { outcome: 'done' },
    })
  })

  it('another account: nothing is switched on, and both see why', async () => {
    const page = await end('amir', {}, 'accept', 'bea')
    expect(titleOf(page)).toBe(en.pages.another_account.title)
    expect((await list('amir')).lastAttempt.outcome).toBe('another_account')
    expect((await list('bea')).mailboxes).toEqual([])
  })

  it('used, expired and unknown', async () => {
    const back = await signInAt(await urlOf('carla'), 'carla')
    await kit.open(back)
    expect(titleOf(await kit.open(back))).toBe(en.pages.used.title)
    const late = await signInAt(await urlOf('carla'), 'carla')
    kit.advance(10 * minute)
    expect(titleOf(await kit.open(late))).toBe(en.pages.expired.title)
    for (const query of ['', '?state=x&code=y', '?error=access_denied']) {
      const page = await kit.open(new URL(`http://localhost:4280/api/mailboxes/grants/return${query}`))
      expect([page.status, titleOf(page)]).toEqual([404, en.pages.unknown.title])
    }
  })

  it('shows nothing that stands in its address, and logs nothing of it', async () => {
    const back = await signInAt(await urlOf('carla'), 'carla', 'refuse')
    back.searchParams.set('error_description', '<script>AADSTS65004 marker-1</script>')
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('marker', 'marker-2')
    const page = await kit.open(back)
    expect(titleOf(page)).toBe(en.pages.declined.title)
    for (const text of [page.text, ...page.lines]) {
      expect(text).not.toMatch(/marker|AADSTS|<script/)
      expect(text).not.toContain(back.searchParams.get('state'))
    }
  })

  it('an outage of Microsoft or of our store says so, and keeps nothing', async () => {
    kit.identity.tokenFaults.add({ what: 'status', status: 503, times: 1 })
    const page = await end('bea')
    expect([page.status, titleOf(page)]).toEqual([503, en.pages.unavailable.title])
    expect((await list('bea')).lastAttempt.outcome).toBe('unavailable')
    const back = await signInAt(await urlOf('bea'), 'bea')
    kit.cosmos.faults.add({ match: { container: 'mailbox-grants', operation: 'read' }, times: -1, do: { status: 503 } })
    const away = await kit.open(back)
    expect([away.status, titleOf(away)]).toEqual([503, en.pages.unavailable.title])
    kit.cosmos.faults.clear()
    expect((await list('bea')).mailboxes).toEqual([])
  })

  it('campaigns that cannot go on at once are told to once more', async () => {
    const told: string[] = []
    const goOn = async (mailboxId: string) => {
      if (told.push(mailboxId) === 1) throw new Error('the store is away')
    }
    const back = await signInAt(await urlOf('bea'), 'bea')
    const query = Object.fromEntries(back.searchParams)
    const page = await invoke(finishMailboxGrant({ ...kit.services, goOn }), 'finish', { method: 'GET', query })
    expect(titleOf(page)).toBe(en.pages.done.title)
    expect(told).toEqual([kit.idOf('bea'), kit.idOf('bea')])
    expect(page.lines.join()).not.toContain('not_woken')
  })

  it('a wake that cannot be sent does not undo the grant', async () => {
    const goOn = () => Promise.reject(new Error('the queue is away'))
    const back = await signInAt(await urlOf('bea'), 'bea')
    const query = Object.fromEntries(back.searchParams)
    const page = await invoke(finishMailboxGrant({ ...kit.services, goOn }), 'finish', { method: 'GET', query })
    expect(titleOf(page)).toBe(en.pages.done.title)
    expect(page.lines.join()).toContain('not_woken')
    expect((await list('bea')).mailboxes).toMatchObject([{ state: 'ready' }])
  })

  it('only through the Front Door, and not while changes are stopped', async () => {
    const { frame } = kit.services
    const back = await signInAt(await urlOf('carla'), 'carla')
    const query = Object.fromEntries(back.searchParams)
    const openIn = (change: object, headers = {}) =>
      invoke(finishMailboxGrant({ ...kit.services, frame: { ...frame, ...change } }), 'x', {
        method: 'GET',
        query,
        headers,
      })
    expect(titleOf(await openIn({ frontDoorId: 'ours' }))).toBe(en.pages.unknown.title)
    expect(titleOf(await openIn({ isReadOnly: async () => true }))).toBe(en.pages.unavailable.title)
    expect(titleOf(await openIn({ frontDoorId: 'ours' }, { 'x-azure-fdid': 'ours' }))).toBe(en.pages.done.title)
  })
})

describe('F23 what a tenant allows', () => {
  it('everything: sending, and drafts', async () => {
    expect(titleOf(await end('olivia', { drafts: true }))).toBe(en.pages.done.title)
    expect((await list('olivia')).mailboxes).toMatchObject([{ state: 'ready', drafts: true }])
  })

  it('nothing: the page and the state say who has to agree', async () => {
    const page = await end('kim', {}, 'back')
    expect(titleOf(page)).toBe(en.pages.admin_consent_needed.title)
    expect(await list('kim')).toMatchObject({ mailboxes: [], lastAttempt: { outcome: 'admin_consent_needed' } })
  })

  it('everything but drafts', async () => {
    expect(titleOf(await end('rita', { drafts: true }, 'back'))).toBe(en.pages.admin_consent_needed.title)
    expect(titleOf(await end('rita'))).toBe(en.pages.done.title)
    expect((await list('rita')).mailboxes).toMatchObject([{ state: 'ready', drafts: false }])
  })

  it('until an administrator agrees', async () => {
    const { json } = await kit.call('ask_admin_consent', 'kim', { body: { drafts: true } })
    const back = await signInAt(json.url, 'kim')
    expect(titleOf(await kit.open(back, 'adminConsent'))).toBe(en.pages.agreed.title)
    expect(titleOf(await end('kim', { drafts: true }))).toBe(en.pages.done.title)
    expect((await list('kim')).mailboxes).toMatchObject([{ state: 'ready', drafts: true }])
  })

  it('and a person may decline', async () => {
    expect(titleOf(await end('amir', {}, 'refuse'))).toBe(en.pages.declined.title)
    expect((await list('amir')).lastAttempt.outcome).toBe('declined')
  })

  it('blocked at the return by a policy', async () => {
    kit.identity.tokenFaults.add({ what: 'policy', person: 'amir', times: 1 })
    expect(titleOf(await end('amir'))).toBe(en.pages.blocked_by_policy.title)
    expect((await list('amir')).lastAttempt.outcome).toBe('blocked_by_policy')
  })

  it.each(['blocked_by_policy', 'consent_withdrawn', 'needs_sign_in'] as const)('later: %s is shown', async (state) => {
    const what = ({ blocked_by_policy: 'policy', consent_withdrawn: 'consent_required' } as const)[state as never]
    await kit.allow('amir')
    kit.advance(2 * 60 * minute)
    kit.identity.tokenFaults.add({ what: what ?? 'invalid_grant', person: 'amir', times: 1 })
    await kit.token('amir', kit.host())
    expect((await list('amir')).mailboxes).toMatchObject([{ state }])
  })
})

describe('POST /api/mailboxes/admin-consent', () => {
  it('200: the link for the tenant, and a text to forward in the language of who asks', async () => {
    const ask = (language: string, body: object) =>
      kit.call('ask_admin_consent', 'amir', { body, headers: { 'accept-language': language } })
    const { status, json } = await ask('fr', { drafts: true })
    expect(status).toBe(200)
    expect(new URL(json.url).pathname).toBe(`/${tenants.contoso.id}/v2.0/adminconsent`)
    expect(json.subject).toBe(fr.adminConsent.subject)
    expect(json.text).toContain(json.url)
    expect(json.text).toContain('lire et écrire son courrier')
    expect((await ask('en', {})).json.text).not.toContain('reading')
    const { client_id: id } = Object.fromEntries(new URL(json.url).searchParams)
    for (const text of [json.text, (await ask('en', {})).json.text]) {
      expect(text).not.toMatch(/[{}]/)
      expect(text).toContain('SecureMailMerge Sending API')
      // Not only in the link: whoever forbids or allows it looks for this.
      expect(text.replace(json.url, '')).toContain(id)
    }
  })

  it('403: a personal account has no administrator', async () => {
    const { status, json } = await kit.call('ask_admin_consent', 'pat')
    expect([status, json.title]).toEqual([403, 'not_allowed'])
  })

  it('a forged return changes nothing and reads nothing', async () => {
    await begin('kim')
    const before = JSON.stringify(kit.cosmos.items('mailbox-grants'))
    const operations = () => JSON.stringify(kit.cosmos.count.read())
    const asked = operations()
    for (const query of [
      `?admin_consent=True&tenant=${tenants.fabrikam.id}&scope=Mail.Send&state=x`,
      '?error=access_denied&state=<script>',
      '',
    ]) {
      const url = new URL(`http://localhost:4280/api/mailboxes/admin-consent/return${query}`)
      const page = await kit.open(url, 'adminConsent')
      expect(page.status).toBe(200)
      expect(page.text).not.toContain('<script')
      expect(page.headers).not.toHaveProperty('set-cookie')
    }
    expect(operations()).toBe(asked)
    expect(JSON.stringify(kit.cosmos.items('mailbox-grants'))).toBe(before)
    expect(titleOf(await end('kim', {}, 'back'))).toBe(en.pages.admin_consent_needed.title)
    expect((await invoke(returnFromAdminConsent(), 'x', { method: 'GET' })).lines).toEqual([])
  })
})

describe('GET and DELETE', () => {
  it('200: shows its owner what there is, and no token, sealed or not', async () => {
    const grant = await kit.allow('carla', { drafts: true })
    const { text, json } = await kit.call('list_mailboxes', 'carla')
    expect(json.mailboxes).toEqual([
      {
        ...{ mailbox: kit.idOf('carla'), grant, state: 'ready', drafts: true, shared: false },
        ...{ since: expect.any(String), until: expect.any(String), usedAt: expect.any(String) },
      },
    ])
    expect(text).not.toMatch(/sealed|verifier|secret|eyJ/)
  })

  it('200: shows what sending has found, when the grant knows nothing of it', async () => {
    const grantId = await kit.allow('carla')
    const shown = async () => {
      const { access_token } = await kit.identity.issue({ person: 'carla', client: 'addIn', audience: 'sendingApi' })
      const headers = { authorization: `Bearer ${access_token}` }
      return (
        await invoke(listMailboxes({ ...kit.services, lostOf: async () => 'needs_sign_in' }), 'x', {
          method: 'GET',
          headers,
        })
      ).json
    }
    expect((await shown()).mailboxes).toMatchObject([{ state: 'needs_sign_in' }])
    await kit.call('end_mailbox_grant', 'carla', { params: { grantId } })
    expect((await shown()).mailboxes).toMatchObject([{ state: 'ended' }])
  })

  it('200: its owner ends it, and that may be repeated', async () => {
    const grantId = await kit.allow('carla')
    for (let times = 0; times < 2; times++) {
      const { status, json } = await kit.call('end_mailbox_grant', 'carla', { params: { grantId } })
      expect([status, json]).toEqual([200, { grant: grantId, state: 'ended' }])
    }
    expect((await list('carla')).mailboxes).toMatchObject([{ state: 'ended' }])
    expect((await kit.token('carla')).kind).toBe('lost')
  })

  it('200: its owner ends it at once, also while an operator has stopped changes', async () => {
    const grantId = await kit.allow('carla')
    const { frame } = kit.services
    const { isReadOnly } = frame
    frame.isReadOnly = async () => true
    expect((await begin('carla')).status).toBe(503)
    expect((await kit.call('end_mailbox_grant', 'carla', { params: { grantId } })).status).toBe(200)
    frame.isReadOnly = isReadOnly
    expect((await kit.token('carla')).kind).toBe('lost')
  })

  it('404: for anybody else, and for none; 400 for what is no id', async () => {
    const grantId = await kit.allow('carla')
    const other = `${grantId.slice(0, -3)}xyz`
    for (const [as, id] of [
      ['bea', grantId],
      ['carla', other],
    ] as const) {
      expect((await kit.call('end_mailbox_grant', as, { params: { grantId: id } })).status).toBe(404)
    }
    expect((await kit.call('end_mailbox_grant', 'carla', { params: { grantId: '../grant' } })).status).toBe(400)
    expect((await list('carla')).mailboxes).toMatchObject([{ state: 'ready' }])
  })
})

it('no token, code, verifier or secret in any line that was logged, nor in what a page shows', async () => {
  const seen: string[] = []
  const keep = <T extends Got>(got: T): T => {
    seen.push(got.text.replace(/"signInUrl":"[^"]*"/, ''), ...got.lines)
    return got
  }
  const secrets: string[] = []
  for (const consent of ['accept', 'refuse'] as const) {
    for (const fault of ['policy', 'invalid_grant', 'another_account', 'down', undefined] as const) {
      if (fault) kit.identity.tokenFaults.add({ what: fault, times: 1 })
      const begun = keep(await begin('olivia'))
      const back = await signInAt(begun.json.signInUrl, 'olivia', consent)
      secrets.push(String(back.searchParams.get('state')).slice(-43), back.searchParams.get('code') ?? 'none-at-all')
      keep(await kit.open(back))
      keep(await kit.open(back))
      kit.identity.tokenFaults.clear()
      kit.identity.consents.withdraw(cast.olivia)
      keep(await kit.call('list_mailboxes', 'olivia'))
      kit.advance(minute)
    }
  }
  const text = seen.join('\n')
  expect(seen.length).toBeGreaterThan(40)
  expect(text).not.toMatch(/eyJ[\w-]{10}/)
  for (const secret of secrets) expect(text).not.toContain(secret)
})

it('both languages have the same words', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)]))
      : 'text'
  expect(shape(fr)).toEqual(shape(en))
})
