import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, type Service, settingsOf } from '@securemailmerge/shared/config'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import sample from '../../local.settings.sample.json' with { type: 'json' }
import { guid } from '../builders.ts'

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const [key, other]: JWK[] = [await exportJWK(privateKey), await exportJWK(publicKey)]
const services = Object.keys(settingsOf) as Service[]
/** A key ring for mailbox grants, with a key more for each id after the first. */
const ring = (current: string, ...others: string[]) => {
  const of = (kid: string) => ({ kty: 'oct', kid, k: 'madeUp0'.padEnd(43, kid) })
  return { current: of(current), others: others.map(of) }
}

/** Settings as Bicep gives them to a Function App. */
const inAzure: NodeJS.ProcessEnv = {
  WEBSITE_SITE_NAME: 'smm-licence-lookup',
  WEBSITE_INSTANCE_ID: 'f00d',
  IDENTITY_ENDPOINT: 'http://127.0.0.1:41741/msi/token',
  AZURE_CLIENT_ID: guid(0xabc1),
  FRONT_DOOR_ID: guid(0xabc4),
  PUBLIC_ORIGIN: 'https://licences.contoso.example',
  COSMOS_ENDPOINT: 'https://smm-live.documents.azure.com:443/',
  SERVICE_BUS__fullyQualifiedNamespace: 'smm-live.servicebus.windows.net',
  LICENSING_API_CLIENT_ID: 'AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA',
  SENDING_API_CLIENT_ID: 'BBBBBBBB-BBBB-4BBB-8BBB-BBBBBBBBBBBB',
  ADD_IN_CLIENT_ID: guid(0xabc2),
  PORTAL_CLIENT_ID: guid(0xabc3),
  PROOF_KEY: JSON.stringify(key),
  PROOF_OTHER_KEYS: JSON.stringify([other]),
  STRIPE_KEY: 'rk_live_51MadeUpForTests00000000',
  STRIPE_WEBHOOK_SECRET: 'whsec_madeUpForTests000000000000',
  CONTENT__blobServiceUri: 'https://smmlive.blob.core.windows.net',
  GRANT_KEYS: JSON.stringify(ring('november', 'october')),
}
const onOneMachine: NodeJS.ProcessEnv = {
  STAND_INS: 'on',
  PUBLIC_ORIGIN: 'http://localhost:4280',
  ENTRA_AUTHORITY: 'http://localhost:4282',
  COSMOS_ENDPOINT: 'http://127.0.0.1:4283',
  COSMOS_KEY: 'a2V5',
  SERVICE_BUS: 'Endpoint=sb://127.0.0.1:4284;SharedAccessKeyName=local;SharedAccessKey=k;UseDevelopmentEmulator=true;',
  LICENSING_API_CLIENT_ID: guid(0xabc1),
  SENDING_API_CLIENT_ID: guid(0xabc5),
  ADD_IN_CLIENT_ID: guid(0xabc2),
  PORTAL_CLIENT_ID: guid(0xabc3),
  PROOF_KEY: JSON.stringify(key),
  STRIPE_API: 'http://localhost:4287',
  STRIPE_KEY: 'rk_test_51MadeUpForTests00000000',
  STRIPE_WEBHOOK_SECRET: 'whsec_madeUpForTests000000000000',
  CONTENT: 'AccountName=local;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:4289/local;',
  GRAPH_API: 'http://localhost:4288/v1.0',
  GRANT_KEYS: JSON.stringify(ring('local')),
  GRANT_CLIENT_KEY: JSON.stringify(key),
  SIGN_IN_CLIENT_KEY: JSON.stringify(key),
}
const oldSecret = 'whsec_oldAndMadeUp0000000000000'
const until = '2027-03-01T12:00:00Z'

function complaintOf(service: Service, env: NodeJS.ProcessEnv): string {
  try {
    readConfig(service, env)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
/** Settings that not every service reads. The connection strings are of stand-ins, and stop every one. */
const ownSettings = new Set(
  Object.values(settingsOf)
    .flat()
    .filter(
      (name) =>
        !['CONTENT', 'SERVICE_BUS'].includes(name) && services.some((service) => !settingsOf[service].includes(name)),
    ),
)
const sentences = (complaint: string, service: Service) =>
  complaint.replace(`${service} cannot start. `, '').split(/(?<=\.) (?=[A-Z])/)

describe.each(services)('F02 %s', (service) => {
  const needed = (setting: string) => settingsOf[service].includes(setting)

  it('starts in Azure with what Bicep gives it, and knows no address of an outside party', () => {
    const config = readConfig(service, inAzure)
    expect(config).toMatchObject({
      origin: 'https://licences.contoso.example',
      authority: 'https://login.microsoftonline.com',
      audience: needed('SENDING_API_CLIENT_ID')
        ? 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb'
        : needed('LICENSING_API_CLIENT_ID')
          ? 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'
          : guid(0xabc3),
      clients: { addIn: guid(0xabc2), portal: guid(0xabc3) },
      cosmos: { endpoint: 'https://smm-live.documents.azure.com:443/', key: null },
      serviceBus: { namespace: 'smm-live.servicebus.windows.net' },
      managedIdentityClientId: guid(0xabc1),
      proofKey: needed('PROOF_KEY') ? key : null,
      proofOtherKeys: needed('PROOF_OTHER_KEYS') ? [other] : [],
      stripe: !needed('STRIPE_KEY')
        ? null
        : {
            key: inAzure.STRIPE_KEY,
            mode: 'live',
            api: null,
            secrets: [{ secret: inAzure.STRIPE_WEBHOOK_SECRET, until: null }],
          },
      sending: !needed('GRANT_KEYS')
        ? null
        : {
            keys: ring('november', 'october'),
            content: { endpoint: 'https://smmlive.blob.core.windows.net' },
            graph: null,
            clientKey: null,
          },
      signIn: service === 'licence-portal' ? { clientKey: null } : null,
      rate: 1,
    })
    expect(Math.abs(config.now().getTime() - Date.now())).toBeLessThan(1_000)
  })

  it('starts on one machine with stand-ins', () => {
    expect(readConfig(service, onOneMachine)).toMatchObject({
      authority: 'http://localhost:4282',
      cosmos: { endpoint: 'http://127.0.0.1:4283', key: 'a2V5' },
      serviceBus: { connectionString: onOneMachine.SERVICE_BUS },
      managedIdentityClientId: null,
      proofOtherKeys: [],
      stripe: needed('STRIPE_KEY') ? { mode: 'test', api: new URL('http://localhost:4287') } : null,
      sending: !needed('GRANT_KEYS')
        ? null
        : {
            content: { connectionString: onOneMachine.CONTENT },
            graph: new URL('http://localhost:4288/v1.0'),
            clientKey: key,
          },
      signIn: service === 'licence-portal' ? { clientKey: key } : null,
    })
    expect(readConfig(service, { ...onOneMachine, CLOCK_RATE: '60' }).rate).toBe(60)
  })

  it('starts on one machine against test resources that are named so', () => {
    // The seller in test mode is a test resource by its key.
    const { COSMOS_KEY: _, SERVICE_BUS: __, STRIPE_API: ___, ...rest } = onOneMachine
    const config = readConfig(service, {
      ...rest,
      COSMOS_ENDPOINT: 'https://smm-test.documents.azure.com:443/',
      SERVICE_BUS__fullyQualifiedNamespace: 'smm-test.servicebus.windows.net',
    })
    expect(config.serviceBus).toEqual({ namespace: 'smm-test.servicebus.windows.net' })
    expect(config.stripe?.api ?? null).toBeNull()
  })

  const { Values: samples } = sample
  const bad: [string, string, string | undefined][] = [
    ['PUBLIC_ORIGIN', 'missing', undefined],
    ['PUBLIC_ORIGIN', 'no address', 'licences.contoso.example'],
    ['PUBLIC_ORIGIN', 'http', 'http://licences.contoso.example'],
    ['PUBLIC_ORIGIN', 'loopback', 'https://localhost:4280'],
    ['PUBLIC_ORIGIN', 'a private name', 'https://licences.internal'],
    ['PUBLIC_ORIGIN', 'an IP address', 'https://10.0.0.4'],
    ['PUBLIC_ORIGIN', 'an IPv6 address', 'https://[::1]'],
    ['COSMOS_ENDPOINT', 'missing', undefined],
    ['COSMOS_ENDPOINT', 'http', 'http://smm-live.documents.azure.com/'],
    ['COSMOS_ENDPOINT', 'loopback', 'https://127.0.0.1:8081/'],
    ['COSMOS_ENDPOINT', 'somebody else', 'https://documents.azure.com.evil.example/'],
    ['COSMOS_ENDPOINT', 'a private host', 'https://cosmos/'],
    ['COSMOS_KEY', 'a key', 'C2y6yDjf5R-ob0N8A7Cgv30VRDJIWEHLM-4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw-Jw'],
    ['SERVICE_BUS', 'a connection string', 'Endpoint=sb://smm-live.servicebus.windows.net/;SharedAccessKey=x'],
    ['SERVICE_BUS', 'an emulator', 'Endpoint=sb://localhost;UseDevelopmentEmulator=true;'],
    ['SERVICE_BUS__fullyQualifiedNamespace', 'missing', undefined],
    ['SERVICE_BUS__fullyQualifiedNamespace', 'somebody else', 'servicebus.windows.net.evil.example'],
    ['SERVICE_BUS__fullyQualifiedNamespace', 'loopback', '127.0.0.1:4284'],
    ['ENTRA_AUTHORITY', 'a stand-in', 'http://localhost:4282'],
    ['ENTRA_AUTHORITY', 'somebody else', 'https://login.staging.example'],
    ['ENTRA_AUTHORITY', 'even the true one', 'https://login.microsoftonline.com'],
    ['CLOCK_FILE', 'a clock', '/tmp/clock-of-mine'],
    ['CLOCK_RATE', 'a faster clock', '60'],
    ['STAND_INS', 'off', 'off'],
    ['STAND_INS', 'true', 'true'],
    ['STAND_INS', 'in capitals', 'ON'],
    ['LICENSING_API_CLIENT_ID', 'missing', undefined],
    ['LICENSING_API_CLIENT_ID', 'no GUID', 'api://licensing'],
    ['SENDING_API_CLIENT_ID', 'missing', undefined],
    ['SENDING_API_CLIENT_ID', 'no GUID', 'api://sending'],
    ['ADD_IN_CLIENT_ID', 'missing', undefined],
    ['PORTAL_CLIENT_ID', 'missing', undefined],
    ['PROOF_KEY', 'missing', undefined],
    ['PROOF_KEY', 'no JSON', '-----BEGIN PRIVATE KEY-----'],
    ['PROOF_KEY', 'public', JSON.stringify(other)],
    ['PROOF_KEY', 'of another kind', JSON.stringify({ ...key, crv: 'P-384' })],
    ['PROOF_OTHER_KEYS', 'no list', JSON.stringify(other)],
    ['PROOF_OTHER_KEYS', 'a private key', JSON.stringify([{ ...other, d: 'secret' }])],
    ['STRIPE_KEY', 'missing', undefined],
    ['STRIPE_KEY', 'a full one', 'sk_live_51MadeUpForTests00000000'],
    ['STRIPE_KEY', 'a full one of test mode', 'sk_test_51MadeUpForTests00000000'],
    ['STRIPE_KEY', 'a publishable one', 'pk_live_51MadeUpForTests00000000'],
    ['STRIPE_KEY', 'short', 'rk_live_51MadeUp'],
    ['STRIPE_KEY', 'a reference that nothing came of', '@Microsoft.KeyVault(SecretUri=https://v/secrets/stripe-key)'],
    ['STRIPE_WEBHOOK_SECRET', 'missing', undefined],
    ['STRIPE_WEBHOOK_SECRET', 'short', 'whsec_madeUpButShort'],
    ['STRIPE_WEBHOOK_SECRET', 'a key', 'rk_live_51MadeUpForTests00000000'],
    ['STRIPE_WEBHOOK_SECRET', 'with a space', 'whsec_madeUpForTests 000000000000'],
    ['STRIPE_PREVIOUS_SECRET', 'without its end', JSON.stringify({ secret: oldSecret })],
    ['STRIPE_PREVIOUS_SECRET', 'a bare secret', oldSecret],
    ['STRIPE_PREVIOUS_SECRET', 'short', JSON.stringify({ secret: 'whsec_old', until })],
    ['STRIPE_PREVIOUS_SECRET', 'ended on a day', JSON.stringify({ secret: oldSecret, until: '2027-03-01' })],
    ['STRIPE_PREVIOUS_SECRET', 'ended nowhere', JSON.stringify({ secret: oldSecret, until: '2027-03-01T12:00:00' })],
    ['STRIPE_PREVIOUS_SECRET', 'of a list', JSON.stringify([{ secret: oldSecret, until }])],
    ['STRIPE_API', 'a stand-in', 'http://localhost:4287'],
    ['STRIPE_API', 'somebody else', 'https://api.stripe.com.evil.example'],
    ['STRIPE_API', 'even the true one', 'https://api.stripe.com'],
    ['CONTENT', 'a connection string', 'AccountName=smmlive;AccountKey=x;EndpointSuffix=core.windows.net'],
    ['CONTENT', 'an emulator', 'UseDevelopmentStorage=true'],
    ['CONTENT__blobServiceUri', 'http', 'http://smmlive.blob.core.windows.net'],
    ['CONTENT__blobServiceUri', 'somebody else', 'https://smmlive.blob.core.windows.net.evil.example'],
    ['CONTENT__blobServiceUri', 'with a key', 'https://smmlive.blob.core.windows.net/?sv=2026&sig=madeUp'],
    ['CONTENT__blobServiceUri', 'loopback', 'https://127.0.0.1:4289/local'],
    ['GRAPH_API', 'a stand-in', 'http://localhost:4288/v1.0'],
    ['GRAPH_API', 'somebody else', 'https://graph.microsoft.com.evil.example/v1.0'],
    ['GRAPH_API', 'even the true one', 'https://graph.microsoft.com/v1.0'],
    ['GRANT_CLIENT_KEY', 'a key', JSON.stringify(key)],
    ['SIGN_IN_CLIENT_KEY', 'a key', JSON.stringify(key)],
    ['GRANT_KEYS', 'missing', undefined],
    ['GRANT_KEYS', 'a reference that nothing came of', '@Microsoft.KeyVault(SecretUri=https://v/secrets/grant-keys)'],
    ['GRANT_KEYS', 'a bare key', JSON.stringify(ring('november').current)],
    ['GRANT_KEYS', 'without a current one', JSON.stringify({ others: [ring('november').current] })],
    ['GRANT_KEYS', 'short', JSON.stringify({ current: { ...ring('november').current, k: 'madeUp' } })],
    ['GRANT_KEYS', 'two of one id', JSON.stringify(ring('november', 'november'))],
    ['GRANT_KEYS', 'of another kind', JSON.stringify({ current: { ...key, kid: 'november' } })],
    ...Object.entries(samples)
      .filter(([name, value]) => value !== '' && !['FUNCTIONS_WORKER_RUNTIME', 'STAND_INS'].includes(name))
      .map(([name, value]): [string, string, string] => [name, 'the value of the sample', value]),
  ]

  it.each(bad)('does not start in Azure: %s is %s', (setting, why, value) => {
    const complaint = complaintOf(service, { ...inAzure, [setting]: value })
    // A secret of another service is not looked at; an address of a stand-in stops every one.
    if (!needed(setting) && ownSettings.has(setting) && why !== 'the value of the sample') {
      return expect(complaint).toBe('')
    }
    // Who has no queue needs no namespace; a wrong one stops them all the same.
    if (setting === 'SERVICE_BUS__fullyQualifiedNamespace' && why === 'missing' && !needed('SERVICE_BUS')) {
      return expect(complaint).toBe('')
    }
    expect(complaint).toMatch(new RegExp(`^${service} cannot start\\. `))
    const said = sentences(complaint, service)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(setting)
    if (value !== undefined && value.length > 4) expect(complaint).not.toContain(value)
  })

  it('starts without a place for content only if it keeps none', () => {
    const complaint = complaintOf(service, { ...inAzure, CONTENT__blobServiceUri: '' })
    const wanted = `${service} cannot start. Wrong settings: CONTENT__blobServiceUri (missing).`
    expect(complaint).toBe(needed('CONTENT') ? wanted : '')
  })

  it.each(['WEBSITE_INSTANCE_ID', 'WEBSITE_SITE_NAME', 'IDENTITY_ENDPOINT'])(
    'never starts with stand-ins where %s says that it is in Azure',
    (mark) => {
      const said = sentences(complaintOf(service, { ...onOneMachine, [mark]: 'a-value' }), service)
      expect(said).toHaveLength(1)
      expect(said[0]).toContain('STAND_INS')
      expect(said[0]).toContain(mark)
      expect(said[0]).not.toContain('a-value')
    },
  )

  it.each([
    ['PUBLIC_ORIGIN', 'https://licences.contoso.example'],
    ['COSMOS_ENDPOINT', 'https://smm-live.documents.azure.com/'],
    ['COSMOS_ENDPOINT', 'https://127.0.0.1.evil.example/'],
    ['ENTRA_AUTHORITY', 'https://login.staging.example'],
    ['ENTRA_AUTHORITY', 'nowhere'],
    ['SERVICE_BUS', 'Endpoint=sb://smm-live.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey=y'],
    ['SERVICE_BUS', 'SharedAccessKeyName=x;SharedAccessKey=y'],
    ['SERVICE_BUS__fullyQualifiedNamespace', 'smm-live.servicebus.windows.net'],
    ['STRIPE_API', 'https://api.stripe.com'],
    ['STRIPE_API', 'http://localhost.evil.example:4287'],
    ['STRIPE_KEY', 'rk_live_51MadeUpForTests00000000'],
    ['STRIPE_KEY', 'sk_live_51MadeUpForTests00000000'],
    ['GRAPH_API', 'https://graph.microsoft.com/v1.0'],
    ['GRAPH_API', 'http://localhost.evil.example:4288/v1.0'],
    ['CONTENT', 'AccountName=smmlive;AccountKey=x;EndpointSuffix=core.windows.net'],
    ['CONTENT', 'AccountName=smmlive;AccountKey=x;BlobEndpoint=https://smmlive.blob.core.windows.net/'],
    ['CONTENT__blobServiceUri', 'https://smmlive.blob.core.windows.net'],
  ])('does not start on one machine against what is neither here nor a test resource: %s %s', (setting, value) => {
    const said = sentences(complaintOf(service, { ...onOneMachine, [setting]: value }), service)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(setting)
    expect(said[0]).not.toContain(value)
  })

  it('takes a setting that is empty for one that is not set', () => {
    const empty = Object.fromEntries(['STAND_INS', 'COSMOS_KEY', 'SERVICE_BUS', 'CLOCK_FILE'].map((name) => [name, '']))
    expect(() => readConfig(service, { ...inAzure, ...empty })).not.toThrow()
    expect(complaintOf(service, { ...inAzure, ADD_IN_CLIENT_ID: '' })).toContain('ADD_IN_CLIENT_ID')
  })

  it('names everything that is wrong at once', () => {
    const complaint = complaintOf(service, { ...inAzure, COSMOS_KEY: 'secret', CLOCK_FILE: '/x', ENTRA_AUTHORITY: 'y' })
    for (const name of ['COSMOS_KEY', 'CLOCK_FILE', 'ENTRA_AUTHORITY']) expect(complaint).toContain(name)
    const missing = complaintOf(service, { ...inAzure, ADD_IN_CLIENT_ID: undefined, PORTAL_CLIENT_ID: 'secret' })
    for (const name of ['ADD_IN_CLIENT_ID', 'PORTAL_CLIENT_ID']) expect(missing).toContain(name)
    expect(complaint + missing).not.toContain('secret')
  })
})

describe('F41 the seller', () => {
  const stripe = (more: NodeJS.ProcessEnv) => readConfig('purchase-webhooks', { ...inAzure, ...more }).stripe

  it('is reached in the mode of its key, whatever the environment', () => {
    expect(stripe({})?.mode).toBe('live')
    expect(stripe({ STRIPE_KEY: 'rk_test_51MadeUpForTests00000000' })?.mode).toBe('test')
  })

  it('is believed by two secrets at once while one is rotated, the previous one until its end', () => {
    const previous = JSON.stringify({ secret: oldSecret, until })
    expect(stripe({ STRIPE_PREVIOUS_SECRET: previous })?.secrets).toEqual([
      { secret: inAzure.STRIPE_WEBHOOK_SECRET, until: null },
      { secret: oldSecret, until: new Date(until) },
    ])
    expect(stripe({ STRIPE_PREVIOUS_SECRET: '' })?.secrets).toHaveLength(1)
  })

  it('is known to one service', () => {
    const knowing = services.filter((service) => readConfig(service, inAzure).stripe !== null)
    expect(knowing).toEqual(['purchase-webhooks'])
  })

  it('has samples that look right, so that only their being samples stops a start in Azure', () => {
    const { STRIPE_KEY, STRIPE_WEBHOOK_SECRET } = sample.Values
    const { stripe } = readConfig('purchase-webhooks', { ...onOneMachine, STRIPE_KEY, STRIPE_WEBHOOK_SECRET })
    expect(stripe).toMatchObject({ key: STRIPE_KEY, mode: 'test', secrets: [{ secret: STRIPE_WEBHOOK_SECRET }] })
  })
})

describe('F24 mailbox grants', () => {
  it('are known to one service, and what reaches them stands in no other', () => {
    const knowing = services.filter((service) => readConfig(service, inAzure).sending !== null)
    expect(knowing).toEqual(['merge-send-queue'])
  })

  it('are sealed by samples that look right, so that only their being samples stops a start in Azure', () => {
    const { CONTENT, GRAPH_API, GRANT_KEYS, GRANT_CLIENT_KEY } = sample.Values
    const given = { ...onOneMachine, CONTENT, GRAPH_API, GRANT_KEYS, GRANT_CLIENT_KEY }
    expect(readConfig('merge-send-queue', given).sending).toEqual({
      keys: { ...JSON.parse(GRANT_KEYS), others: [] },
      content: { connectionString: CONTENT },
      graph: new URL(GRAPH_API),
      clientKey: JSON.parse(GRANT_CLIENT_KEY),
    })
  })
})

describe('the clock', () => {
  it('follows the file of the supervisor on one machine, and real time when it cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clock-'))
    const file = join(folder, 'clock')
    const { now } = readConfig('seat-assignment', { ...onOneMachine, CLOCK_FILE: file })
    const ahead = () => now().getTime() - Date.now()
    expect(Math.abs(ahead())).toBeLessThan(1_000)
    writeFileSync(file, '3600000')
    expect(Math.abs(ahead() - 3_600_000)).toBeLessThan(1_000)
    writeFileSync(file, 'tomorrow')
    expect(Math.abs(ahead())).toBeLessThan(1_000)
    rmSync(folder, { recursive: true })
  })
})
