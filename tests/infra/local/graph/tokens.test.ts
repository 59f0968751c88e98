import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cast, tenants } from '../../../../infra/local/identity/cast.ts'
import { type Machine, minute, olivia, startMachine } from './mailboxes.ts'

const noon = Date.parse('2026-03-01T12:00:00Z') / 1000
const { tenantId, objectId } = cast.olivia

let keys: Server
let jwksUri: string
let ours: CryptoKey
let foreign: CryptoKey
let machine: Machine
beforeAll(async () => {
  const pair = await generateKeyPair('RS256')
  ours = pair.privateKey
  foreign = (await generateKeyPair('RS256')).privateKey
  const set = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' }] }
  keys = createServer((_, response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(set)))
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  jwksUri = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`
})
afterAll(() => {
  keys.closeAllConnections()
  keys.close()
})
beforeEach(async () => {
  machine = await startMachine({ jwksUri })
})
afterEach(() => machine.close())

const claims = {
  aud: 'https://graph.microsoft.com',
  iss: `https://sts.windows.net/${tenantId}/`,
  ...{ tid: tenantId, oid: objectId, scp: 'Mail.Send Mail.ReadWrite' },
  ...{ iat: noon, nbf: noon, exp: noon + 3600 },
}
const signed = (some: object = {}, key = ours, kid = 'k1') =>
  new SignJWT({ ...claims, ...some }).setProtectedHeader({ alg: 'RS256', kid }).sign(key)
const bearing = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a signed token', () => {
  it('opens the mailbox of its account, with its scopes, until it ends', async () => {
    const headers = bearing(await signed())
    expect((await machine.send({}, headers)).status).toBe(202)
    expect(machine.graph.delivered).toMatchObject([{ mailbox: olivia }])
    const sending = bearing(await signed({ scp: 'Mail.Send' }))
    expect((await machine.ask('GET me/messages', undefined, sending)).code).toBe('ErrorAccessDenied')
    machine.passes(60 * minute)
    expect(await machine.send({}, headers)).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' })
  })

  it.each<[string, () => string | Promise<string>, string]>([
    ['for another audience', () => signed({ aud: 'api://x' }), 'aud'],
    ['that has ended', () => signed({ exp: noon - 1 }), 'expired'],
    ['without an end', () => signed({ exp: undefined }), 'exp'],
    ['that is not valid yet', () => signed({ nbf: noon + 600 }), 'nbf'],
    ['by another key', () => signed({}, foreign), 'signature'],
    ['by a key that nobody publishes', () => signed({}, foreign, 'k2'), 'signature'],
    [
      'of the issuer of another tenant',
      () => signed({ iss: `https://sts.windows.net/${tenants.fabrikam.id}/` }),
      'issuer',
    ],
    ['without an account', () => signed({ oid: undefined }), 'claim'],
    ['of an application alone', () => signed({ scp: undefined, roles: ['Mail.Send'] }), 'claim'],
    ['that is none', () => 'x.y.z', 'signature'],
    ['without a signature', async () => (await signed()).replace(/\.[^.]+$/, '.'), 'signature'],
  ])('%s: 401', async (_, make, word) => {
    const { status, code, json, headers } = await machine.send({}, bearing(await make()))
    expect([status, code]).toEqual([401, 'InvalidAuthenticationToken'])
    expect(json.error.message).toContain(word)
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(machine.graph.delivered).toEqual([])
  })

  it('of somebody without a mailbox: 404', async () => {
    for (const { tenantId: tid, objectId: oid } of [cast.kimGuest, cast.kimOld]) {
      const token = await signed({ tid, oid, iss: `https://sts.windows.net/${tid}/` })
      expect(await machine.send({}, bearing(token))).toMatchObject({ status: 404, code: 'MailboxNotEnabledForRESTAPI' })
    }
  })

  it('is none where no keys are known', async () => {
    const alone = await startMachine()
    expect((await alone.send({}, bearing(await signed()))).status).toBe(401)
    await alone.close()
  })
})

describe('a token for the asking', () => {
  const account = { tenantId: tenants.contoso.id, objectId: '11111111-2222-4333-8444-555555555555' }

  it('is good for a week, or for as long as is said, or until it is revoked', async () => {
    const { graph, send, passes } = machine
    const short = graph.tokenFor({ ...account, scopes: ['Mail.Send'], expiresInSeconds: 60 })
    expect((await send({}, bearing(short))).status).toBe(202)
    passes(minute)
    expect((await send({}, bearing(short))).code).toBe('InvalidAuthenticationToken')
    expect((await send()).status).toBe(202)
    graph.tokens.revoke(machine.tokens.olivia)
    expect((await send()).code).toBe('InvalidAuthenticationToken')
  })

  it('makes a mailbox for somebody new, once', async () => {
    const { graph, send } = machine
    const before = graph.mailboxes.all().length
    const tokens = [graph.tokenFor({ ...account, scopes: ['Mail.Send'] }), graph.tokenFor({ ...account, scopes: [] })]
    expect(graph.mailboxes.all()).toHaveLength(before + 1)
    expect((await send({}, bearing(String(tokens[0])))).status).toBe(202)
    expect(graph.delivered).toMatchObject([
      { mailbox: graph.mailboxes.of(account.tenantId, account.objectId)?.address },
    ])
    expect((await send({}, bearing(String(tokens[1])))).code).toBe('ErrorAccessDenied')
  })

  it.each([undefined, '', 'Basic abc', 'Bearer ', 'Bearer nonsense'])('%j is none', async (authorization) => {
    expect(await machine.send({}, { authorization })).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' })
  })
})
