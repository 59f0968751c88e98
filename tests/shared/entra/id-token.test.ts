import { checkIdToken, type IdTokenRules } from '@securemailmerge/shared/entra/id-token'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { decodeJwt, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cast, localClientIds, tenants } from '../../../infra/local/identity/cast.ts'
import { consumerTenantId } from '../../../infra/local/identity/person.ts'
import { type Identity, startIdentity } from '../../../infra/local/identity/server.ts'

const noon = new Date('2027-03-01T12:00:00Z')
const seconds = noon.getTime() / 1000
let identity: Identity
let rules: IdTokenRules
beforeAll(async () => {
  identity = await startIdentity({ now: () => noon })
  const keys = new KeySet(`${identity.authority}/common/discovery/v2.0/keys`, () => noon)
  rules = { authority: identity.authority, clientId: localClientIds.sendingApi, keys, now: () => noon }
})
afterAll(() => identity.close())

const idTokenOf = async (person: 'olivia' | 'pat' = 'olivia') => {
  const parties = { client: 'sendingApi', audience: 'microsoftGraph' } as const
  return String((await identity.issue({ person, ...parties, scopes: ['openid', 'profile'] })).id_token)
}
/** The ID token of Olivia with other claims, signed by a published key; by that of personal accounts for their tenant. */
async function signed(change: Record<string, unknown>): Promise<string> {
  const claims = { ...decodeJwt(await idTokenOf()), ...change }
  return (await identity.issue({ claims })).access_token
}

it('says who has signed in, and when', async () => {
  const { tenantId, objectId } = cast.olivia
  expect(await checkIdToken(await idTokenOf(), rules)).toEqual({
    ...{ account: { tenantId, objectId }, signedInAt: noon, address: 'olivia@contoso.example' },
  })
  const personal = await checkIdToken(await idTokenOf('pat'), rules)
  expect(personal).toMatchObject({ account: { tenantId: consumerTenantId }, signedInAt: null })
})

it.each<[Record<string, unknown>, string | null]>([
  [{ email: 'Kim.Lee@contoso.example', preferred_username: 'k.lee@contoso.example' }, 'kim.lee@contoso.example'],
  [{ email: undefined, preferred_username: 'k.lee@contoso.example' }, 'k.lee@contoso.example'],
  [{ email: 'nobody', preferred_username: 'k.lee@contoso.example' }, 'k.lee@contoso.example'],
  [{ email: ['a@b.example'], preferred_username: '+33 6 12 34 56 78' }, null],
  [{ email: `${'a'.repeat(600)}@b.example`, preferred_username: 7 }, null],
  [{ email: undefined, preferred_username: undefined }, null],
])('and where they get mail, where that can be an address: %j', async (change, address) => {
  expect(await checkIdToken(await signed(change), rules)).toMatchObject({ address })
})

it.each<[string, Record<string, unknown>]>([
  ['of the issuer of another tenant', { iss: `https://login.microsoftonline.com/${tenants.contoso.id}/v2.0` }],
  ['whose tenant is not that of its issuer', { tid: tenants.fabrikam.id }],
  ['signed by the key of personal accounts for an organisation', { tid: consumerTenantId }],
  ['for another client', { aud: localClientIds.portal }],
  ['that has ended', { exp: seconds - 61 }],
  ['that does not hold yet', { nbf: seconds + 61 }],
  ['without an object id', { oid: undefined }],
  ['with an object id that is none', { oid: 'olivia' }],
  ['of version 1', { ver: '1.0' }],
])('knows nobody from a token %s', async (_, change) => {
  expect(await checkIdToken(await signed(change), rules)).toBeUndefined()
})

it('knows nobody from a token without a signature, of an unknown key, or from what is none', async () => {
  const token = await idTokenOf()
  const [header, payload] = token.split('.')
  const claims = decodeJwt(token)
  const unknown = `${Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url')}.${payload}.x`
  const others = [new UnsecuredJWT(claims).encode(), `${header}.${payload}.`, unknown, '', 'x', 'a.b.c']
  for (const other of others) expect(await checkIdToken(other, rules)).toBeUndefined()
})
