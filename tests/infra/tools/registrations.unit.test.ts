import { describe, expect, it } from 'vitest'
import file from '../../../infra/registrations.json' with { type: 'json' }
import {
  firstRequests,
  nextRequests,
  type Registrations,
  trustRequest,
  uniqueName,
} from '../../../infra/tools/registrations.ts'

const registrations = file as unknown as Registrations
const ids = { licensingApi: 'id-1', sendingApi: 'id-2', addIn: 'id-3', portal: 'id-4' }
const places = { publicOrigin: 'https://api.example.com', addInHost: 'add-in.example.com' }
const requests = () => nextRequests(registrations, 'test', ids, places)
const bodiesOf = (name: string) =>
  requests()
    .filter(({ path }) => path === `/applications(uniqueName='${uniqueName('test', name)}')`)
    .map(({ body }) => body as Record<string, never>)

describe('registrations', () => {
  it('asks for each by a name that nobody changes, so that a repeat makes no second one', () => {
    const first = firstRequests(registrations, 'test')
    expect(Object.keys(first).sort()).toEqual(Object.keys(ids).sort())
    for (const [name, { path, body }] of Object.entries(first)) {
      expect(path).toBe(`/applications(uniqueName='securemailmerge-test-${name}')`)
      expect(body).toMatchObject({ signInAudience: 'AzureADandPersonalMicrosoftAccount' })
      expect(body.api).toEqual({ requestedAccessTokenVersion: 2 })
    }
  })

  it('leaves no name in braces, and asks for what the file says', () => {
    expect(JSON.stringify(requests())).not.toMatch(/\{\w+\}/)
    const [, all] = bodiesOf('licensingApi')
    expect(all).toMatchObject({ identifierUris: ['api://id-1'] })
    expect(JSON.stringify(all)).toContain('"appId":"id-3"')
    expect(bodiesOf('addIn').at(-1)).toMatchObject({ spa: { redirectUris: ['brk-multihub://add-in.example.com'] } })
  })

  it('makes scopes before it names them, and no secret and no address of one machine ever', () => {
    const [before, all] = bodiesOf('sendingApi')
    expect(before?.api).not.toHaveProperty('preAuthorizedApplications')
    expect(before?.api).toHaveProperty('oauth2PermissionScopes')
    expect(all?.api).toHaveProperty('preAuthorizedApplications')
    const firstAll = requests().findIndex(({ body }) => 'displayName' in body)
    const lastScopes = requests().findLastIndex(({ body }) => 'api' in body && !('displayName' in body))
    expect(lastScopes).toBeLessThan(firstAll)
    expect(JSON.stringify(requests())).not.toMatch(/passwordCredentials|localhost/)
  })

  it('says which name it does not know', () => {
    const { addIn: _, ...fewer } = ids
    expect(() => nextRequests(registrations, 'test', fewer, places)).toThrow('{addIn}')
  })

  it.each([
    ['sendingApi', 'merge-send-queue'],
    ['portal', 'licence-portal'],
  ] as const)('lets the identity of a service vouch for %s, and no secret', (name, service) => {
    const { path, body } = trustRequest('test', name, 'tenant', 'principal')
    expect(path).toContain(`uniqueName='securemailmerge-test-${name}'`)
    expect(path).toContain(`name='${service}'`)
    expect(body).toMatchObject({ name: service, subject: 'principal', audiences: ['api://AzureADTokenExchange'] })
  })
})
