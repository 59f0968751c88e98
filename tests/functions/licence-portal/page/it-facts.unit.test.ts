import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { paymentHostList, paymentHosts, signInHost } from '../../../../functions/licence-portal/page/pages/it/hosts.ts'
import { applications } from '../../../../functions/licence-portal/page/pages/it/permissions.ts'
import { stored } from '../../../../functions/licence-portal/page/pages/it/stored.ts'
import { graph } from '../../../../infra/local/identity/microsoft-graph.ts'
import registrations from '../../../../infra/registrations.json' with { type: 'json' }
import { newSession } from '../../../../shared/identity/session.ts'
import en from '../../../../shared/languages/it.en.json' with { type: 'json' }
import fr from '../../../../shared/languages/it.fr.json' with { type: 'json' }
import { wanted } from '../../../../shared/merging/attempt.ts'

const read = (path: string) =>
  readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8').replace(/\s+/g, ' ')
const [administrators, privacy] = [read('docs/administrators.md'), read('docs/privacy.md')]
const openIdNames = new Map([
  ['7427e0e9-2fba-42fe-b0c0-848c9e6a8182', 'offline_access'],
  ['37f7f235-527c-4136-accd-4a02d197296e', 'openid'],
  ['14dad69e-099b-42c9-810b-d002981feec1', 'profile'],
])
const graphNames = new Map(graph.api.oauth2PermissionScopes.map(({ id, value }) => [id, value]))
const named = (application: string) =>
  applications.find(({ name }) => name === application)?.permissions.flatMap(({ names }) => names) ?? []
const numbers = (text: string) => text.match(/\d+/g) ?? []

describe('permissions that the page names', () => {
  const { licensingApi, sendingApi, addIn, portal } = registrations.applications

  it('are of every application that is registered; the add-in itself asks for those of the others', () => {
    expect(applications.map(({ name }) => name).sort()).toEqual(
      [licensingApi, sendingApi, portal].map(({ displayName }) => displayName).sort(),
    )
    const apis = addIn.requiredResourceAccess.map(({ resourceAppId }) => resourceAppId)
    expect(apis).toEqual(['{licensingApi}', '{sendingApi}'])
  })

  it('are all that these registrations offer and ask for', () => {
    const scopes = (one: typeof licensingApi | typeof sendingApi) => one.api.oauth2PermissionScopes.map((s) => s.value)
    const asked = sendingApi.requiredResourceAccess
      .flatMap(({ resourceAccess }) => resourceAccess.map(({ id }) => id))
      .map((id) => openIdNames.get(id) ?? graphNames.get(id) ?? id)
    expect(named(licensingApi.displayName)).toEqual(scopes(licensingApi))
    expect(named(sendingApi.displayName).sort()).toEqual(
      [...new Set([...scopes(sendingApi), ...asked, ...wanted(true, true)])].sort(),
    )
  })

  it('are those that a sign-in asks for on this page', () => {
    const [, scope] = /const SCOPE = '([^']+)'/.exec(read('shared/entra/sign-in-client.ts')) ?? []
    expect(named(portal.displayName)).toEqual(scope?.split(' '))
  })

  it('have each a day since when', () => {
    for (const { since } of applications.flatMap(({ permissions }) => permissions)) {
      expect(new Date(since).toISOString().slice(0, 10)).toBe(since)
    }
  })
})

it('hosts that the page names are those of the documentation, and no others', () => {
  const [, list = ''] = /needs Stripe's pages, too: (.*?) Stripe keeps the whole list at/.exec(administrators) ?? []
  expect([...list.matchAll(/`([\w.-]+)`/g)].map(([, host]) => host)).toEqual(paymentHosts)
  expect(administrators).toContain(`\`${paymentHostList}\``)
  expect(signInHost).toBe('login.microsoftonline.com')
})

describe('times that the page names', () => {
  /** Where the documentation says the same. */
  const said: Record<string, RegExp> = {
    'it.until.free': /Of a free user nothing is stored when the licence is looked up/,
    'it.until.licensed': /A withdrawn licence is remembered for 90 days/,
    'it.until.history': /history stays with the subscription, and so do its name, reference and contact text/,
    'it.until.intent': /It is gone after 90 days; owner, name and reference stay with the subscription/,
    'it.until.events': /What Stripe tells us later is stored as ids, for 90 days/,
    'it.until.payment': /Company, address, tax number, cards and bank accounts go to Stripe alone and never to us/,
    'it.until.content':
      /text, files and list of a campaign [^\n]*?\| 7 days after its end; at once when its sender deletes it/,
    'it.until.mails': /of each mail that was tried: [^|]*\|[^|]*\|[^|]*\| 30 days after the end/,
    'it.until.campaign':
      /name, sender address, counts and times of a campaign [^|]*\|[^|]*\|[^|]*\| 30 days after the end/,
    'it.until.mailbox': /numbers of what was sent lately [^|]*\|[^|]*\|[^|]*\| it has no end yet/,
    'it.until.grant':
      /the right to send: [^|]*\|[^|]*\|[^|]*\| 90 days at most, 30 days unused; token and address are gone at once/,
    'it.until.attempt': /a sign-in under way [^|]*\|[^|]*\|[^|]*\| a day/,
    'it.until.logs': /logs: ids, codes, an account as a hash [^|]*\|[^|]*\|[^|]*\| 30 days/,
    'it.until.backups': /What is deleted from Cosmos DB stays for another 30 days in its backup/,
  }
  const rows = stored.flatMap(({ rows: all }) => all.map(([, until]) => until as keyof typeof en))

  it.each(rows.filter((key) => key !== 'it.until.session'))('%s: the documentation says so, too', (key) => {
    const [found = ''] = said[key]?.exec(`${administrators} ${privacy}`) ?? []
    expect(found).not.toBe('')
    expect(numbers(en[key])).toEqual(numbers(found))
  })

  it('are as many hours as a session lasts', () => {
    const who = { account: { tenantId: 't', objectId: 'o' }, evidence: [], homed: true, name: null, address: null }
    const { ttl } = newSession({ ...who, signedInAt: null }, 'secret', new Date())
    expect(numbers(en['it.until.session'])).toEqual([String(ttl / 3600)])
  })

  it('are the same in French', () => {
    expect(rows.map((key) => numbers(fr[key]))).toEqual(rows.map((key) => numbers(en[key])))
  })
})
