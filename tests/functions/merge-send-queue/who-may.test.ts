import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCampaign } from '../../../functions/merge-send-queue/create-campaign.ts'
import { showCampaign } from '../../../functions/merge-send-queue/show-campaigns.ts'
import { tenants } from '../../../infra/local/identity/cast.ts'
import {
  aWish,
  type CampaignCall,
  type CampaignKit,
  type CampaignRoute,
  must,
  rowsOf,
  startCampaigns,
} from '../../kit/campaigns.ts'
import { invoke } from '../../kit/invoke.ts'

let kit: CampaignKit
let ready: string
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
  await kit.allow('olivia', { drafts: true })
  ready = await kit.ready(3)
})
afterAll(() => kit.close())
afterEach(() => kit.advance(60_000))

const routes = Object.keys(campaigns) as CampaignRoute[]
const ofOne = routes.filter((name) => campaigns[name].path.includes('{campaignId}'))

/** A good call of each route. */
function callOf(name: CampaignRoute, campaignId: string, more: CampaignCall = {}): CampaignCall {
  const params = { campaignId, ...(campaigns[name].path.includes('{position}') ? { position: '1' } : {}) }
  const bodies: Partial<Record<CampaignRoute, object>> = {
    create_campaign: aWish(),
    send_test: { to: 'me@x.example' },
    settle_row: { as: 'sent' },
    settle_rows: { positions: [1], as: 'sent' },
    start_campaign: {},
  }
  const isList = name === 'upload_recipients'
  const body = isList ? JSON.stringify(rowsOf(1)[0]) : bodies[name]
  const headers = isList ? { 'content-type': 'application/jsonl', ...more.headers } : more.headers
  return { ...more, params, ...(body ? { body } : {}), ...(headers ? { headers } : {}) }
}
const ask = (name: CampaignRoute, more: CampaignCall = {}, campaignId = ready) =>
  kit.ask(name, callOf(name, campaignId, more))
const withoutIds = (text: string) => text.replace(/"requestId":"[^"]*"/, '')

describe('a campaign of somebody else', () => {
  it.each(ofOne)('%s: 404, exactly as if there were none', async (name) => {
    const before = JSON.stringify(kit.stored('olivia'))
    const none = `${ready.slice(0, -4)}none`
    for (const as of ['amir', 'kim', 'kimGuest', 'pat'] as const) {
      const foreign = await ask(name, { as })
      const missing = await ask(name, { as }, none)
      expect([foreign.status, foreign.json.title]).toEqual([404, 'not_found'])
      expect(withoutIds(foreign.text)).toBe(withoutIds(missing.text))
      expect(foreign.headers).toEqual({ ...missing.headers, 'x-request-id': foreign.headers['x-request-id'] })
      // One of one's own of that name is missing as well.
      const own = await ask(name, { as }, `${(await kit.create({}, { as })).split('.')[0]}.${ready.split('.')[1]}`)
      expect(own.status).toBe(404)
    }
    expect(JSON.stringify(kit.stored('olivia'))).toBe(before)
    expect(kit.graph.delivered).toHaveLength(0)
  })

  it('is in nobody’s list but its sender’s', async () => {
    const listed = async (as: 'olivia' | 'amir' | 'bea') =>
      must(await kit.ask('list_campaigns', { as })).json.campaigns.map(
        ({ campaignId }: { campaignId: string }) => campaignId,
      )
    expect(await listed('olivia')).toContain(ready)
    expect(await listed('amir')).not.toContain(ready)
    expect(await listed('bea')).toEqual([])
  })

  it('nor do two people of one organisation share anything, not even by the same key', async () => {
    const headers = { 'idempotency-key': 'shared' }
    const [mine, theirs] = [await kit.create({}, { headers }), await kit.create({}, { headers, as: 'amir' })]
    expect(mine).not.toBe(theirs)
    must(await kit.upload(theirs, rowsOf(2), { as: 'amir' }))
    expect((await kit.at('show_campaign', mine)).json.state).toBe('draft')
  })
})

describe('401', () => {
  it.each(routes)('%s: no token, and none that is for us', async (name) => {
    const issue = async (more: object) =>
      (await kit.identity.issue({ person: 'olivia', client: 'addIn', audience: 'sendingApi', ...more } as never))
        .access_token
    const wrong = {
      none: '',
      another_audience: await issue({ audience: 'licensingApi' }),
      graph: await issue({ audience: 'microsoftGraph' }),
      version_1: await issue({ version: '1.0' }),
      expired: await issue({ expiresIn: -300 }),
      another_issuer: await issue({ override: { iss: 'https://evil.example/' } }),
      altered: `${(await issue({})).slice(0, -6)}AAAAAA`,
    }
    for (const [what, token] of Object.entries(wrong)) {
      const { status, json, headers } = await ask(name, { token })
      expect([what, status, json.title]).toEqual([what, 401, 'token_invalid'])
      expect(headers['www-authenticate']).toContain('Bearer')
      expect(headers['cache-control']).toBe('no-store')
    }
  })
})

describe('403', () => {
  it.each(routes)('%s: another application, or a token without the scope', async (name) => {
    for (const client of ['licensingApi', 'sendingApi'] as const) {
      const { access_token } = await kit.identity.issue({ person: 'olivia', client, audience: 'sendingApi' })
      const { status, json } = await ask(name, { token: access_token })
      expect([status, json.title]).toEqual([403, 'client_not_allowed'])
    }
    const { access_token } = await kit.identity.issue({
      ...{ person: 'olivia', client: 'addIn', audience: 'sendingApi', scopes: ['openid'] },
    })
    expect((await ask(name, { token: access_token })).status).toBeGreaterThanOrEqual(401)
  })

  it('an application by itself is nobody', async () => {
    const { access_token } = await kit.identity.issue({
      ...{ kind: 'app', tenantId: tenants.contoso.id, client: 'addIn', audience: 'sendingApi', roles: ['Mail.Send'] },
    } as never)
    for (const name of routes) expect((await ask(name, { token: access_token })).status).toBeGreaterThanOrEqual(401)
  })

  it('both of ours may: the add-in and the portal', async () => {
    for (const client of ['addIn', 'portal'] as const)
      must(await ask('show_campaign', { token: await kit.tokenOf('olivia', client) }))
  })

  it('what did not come through the Front Door', async () => {
    const { services } = kit
    const behind = { ...services, frame: { ...services.frame, frontDoorId: 'ours' } }
    const authorization = `Bearer ${await kit.tokenOf('olivia')}`
    const open = (headers: Record<string, string>) =>
      invoke(showCampaign(behind), 'x', {
        method: 'GET',
        params: { campaignId: ready },
        headers: { authorization, ...headers },
      })
    expect((await open({})).json.title).toBe('client_not_allowed')
    expect((await open({ 'x-azure-fdid': 'theirs' })).json.title).toBe('client_not_allowed')
    expect((await open({ 'x-azure-fdid': 'ours' })).status).toBe(200)
  })
})

describe('400', () => {
  it.each(ofOne)('%s: what is no id', async (name) => {
    for (const campaignId of [
      'x',
      '../../etc',
      `${ready}'`,
      `${ready}.1`,
      ready.toUpperCase().slice(1),
      'ready.ready',
    ]) {
      const { status, json } = await ask(name, {}, campaignId)
      expect([status, json.errors[0].at]).toEqual([400, 'path.campaignId'])
    }
  })

  it.each(ofOne.filter((name) => name.endsWith('_campaign') && campaigns[name].method === 'POST'))(
    '%s: a body with more in it than is known',
    async (name) => {
      expect((await kit.at(name, ready, { body: { surprise: true } })).status).toBe(400)
    },
  )
})

describe('429', () => {
  it('whoever asks without end waits; nobody else does', async () => {
    const all = await Promise.all(Array.from({ length: 35 }, () => ask('create_campaign', { as: 'carla' })))
    const refused = all.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(3)
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask('create_campaign', { as: 'bea' })).status).toBe(200)
    expect((await kit.ask('list_campaigns', { as: 'carla' })).status).toBe(200)
  })
})

describe('an outage', () => {
  it.each(routes)('%s: 503 with a time to try again, and no word of what is behind', async (name) => {
    kit.cosmos.faults.add({ match: { container: 'sending' }, times: -1, do: { status: 503 } })
    try {
      const { status, json, text, headers } = await ask(name)
      expect([status, json.title, headers['retry-after']]).toEqual([503, 'unavailable', '5'])
      expect(text).not.toMatch(/cosmos|127\.0\.0\.1|localhost|at .*\.ts/i)
    } finally {
      kit.cosmos.faults.clear()
    }
  })

  it('a fault of ours: 500 that tells nothing', async () => {
    const broken = { ...kit.services, proofs: { licensedUntil: () => Promise.reject(new Error('secret words')) } }
    const authorization = `Bearer ${await kit.tokenOf('olivia')}`
    const { status, text, lines } = await invoke(createCampaign(broken as never), 'create_campaign', {
      ...{ method: 'POST', headers: { authorization }, body: aWish() },
    })
    expect(status).toBe(500)
    expect(text + lines.join()).not.toContain('secret')
  })
})

it('no answer and no line holds a token, an address of a recipient or a text of a mail that it need not hold', async () => {
  const rows = rowsOf(2).map((row) => ({
    ...row,
    to: `marker-${row.row}@x.example`,
    fields: { First: 'marker-name', No: 'marker-no' },
  }))
  const id = await kit.ready(rows, { subject: 'marker-subject {{First}}', html: '<p>marker-body {{No}}</p>' })
  const lines: string[] = []
  for (const name of routes) {
    const got = await ask(name, {}, id)
    lines.push(...got.lines)
    const mayTell = ['report_campaign', 'preview_row'].includes(name)
    if (!mayTell) expect(got.text).not.toContain('marker')
    expect(got.text).not.toMatch(/eyJ[\w-]{10}/)
  }
  await kit.run()
  expect(JSON.stringify([lines, kit.logged])).not.toMatch(/marker|eyJ[\w-]{10}|@/)
})
