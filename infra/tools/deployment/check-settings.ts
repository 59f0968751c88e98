import { readConfig, settingsOf } from '../../../shared/config.ts'
import { campaigns } from '../../../shared/http/contracts/campaigns.ts'
import type { Parameters, Resource } from '../bicep-compiler.ts'
import { type Check, deviations, differences } from './check.ts'
import { all, serviceOf, settingsGiven, type World } from './world.ts'

/** What the host itself reads (platform of Azure Functions); our code does not. */
const HOST = [
  ...['APPLICATIONINSIGHTS_AUTHENTICATION_STRING', 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
  ...['accountName', 'credential', 'clientId'].map((part) => `AzureWebJobsStorage__${part}`),
]
const TRIGGERS = ['SERVICE_BUS__credential', 'SERVICE_BUS__clientId']
const isHostJson = (name: string) => name.startsWith('AzureFunctionsJobHost__')
const BODY = 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'
/** Bytes of the longest body that a service takes, where it takes long ones. */
const LONGEST: Partial<Record<string, number>> = {
  'merge-send-queue': Math.max(...Object.values(campaigns).map(({ bodyLimit }) => bodyLimit)),
}
const MEGABYTE = 1024 * 1024

const guid = '00000000-0000-4000-8000-00000000000b'
const webhookSecret = `whsec_${'0'.repeat(24)}`
/** Secrets of the right shape that open nothing, by their names in the vault. */
const SECRETS: Record<string, string> = {
  'proof-key': '{"kty":"EC","crv":"P-256","x":"example","y":"example","d":"example"}',
  'stripe-key': `rk_test_${'0'.repeat(24)}`,
  'stripe-webhook-secret': webhookSecret,
  'stripe-previous-secret': JSON.stringify({ secret: webhookSecret, until: '2027-03-01T12:00:00Z' }),
  'grant-keys': JSON.stringify({ current: { kty: 'oct', kid: 'example', k: '0'.repeat(43) } }),
}
/** What Azure will put in the place of an expression. */
const KNOWN_TO_AZURE: [RegExp, (found: RegExpExecArray) => string | undefined][] = [
  [/\.references\.value\['([\w-]+)'\]\]$/, ([, secret = '']) => SECRETS[secret]],
  [/\.outputs\.endpoint\.value\]$/, () => 'https://example.documents.azure.com:443/'],
  [/\.outputs\.host\.value\]$/, () => 'example.servicebus.windows.net'],
  [/\.outputs\.frontDoorId\.value\]$/, () => guid],
  [/userAssignedIdentities.*\.clientId\]$/, () => guid],
  [/^\[format\('https:\/\/\{0\}\.blob\.\{1\}', '\w+', environment\(\)/, () => 'https://example.blob.core.windows.net'],
]

/** What each service is told. */
export const settingsChecks: Check[] = [
  {
    name: 'settings that are read are given',
    protects: 'A service starts in Azure: `config.ts` itself is asked, with what the Bicep gives.',
    find: (world) => perSite(world, missing),
  },
  {
    name: 'settings that are given are read',
    protects:
      'A service is told nothing that it does not read: each setting taken away makes a difference to `config.ts`.',
    find: (world) => perSite(world, unused),
  },
  {
    name: 'settings of the host',
    protects: 'The host reaches its storage, its queues and the logs by the identity of the service.',
    find: (world) => perSite(world, ofHost),
  },
  {
    name: 'the longest body',
    protects: 'A list as long as we promise is taken, and the host holds no body that we would refuse anyway.',
    find: (world) => perSite(world, longestBody),
  },
  {
    name: 'secrets only from the vault',
    protects: 'What is secret stands in no setting, and a service refers to its own secrets only.',
    find: (world) => perSite(world, notFromVault),
  },
]

const perSite = (world: World, find: (site: Resource, world: World) => string[]): string[] =>
  all(world, 'Microsoft.Web/sites').flatMap((site) => find(site, world).map((what) => `${serviceOf(site)}: ${what}`))

function missing(site: Resource, { given }: World): string[] {
  const env = environmentOf(site)
  const config = configOf(site, env)
  if (typeof config === 'string') return [config]
  // Where a connection is named, its parts are set: SERVICE_BUS__fullyQualifiedNamespace, CONTENT__blobServiceUri.
  const isGiven = (name: string) => Object.keys(env).some((one) => one === name || one.startsWith(`${name}__`))
  // What there is only for a while is asked for then.
  const declared = (settingsOf[serviceOf(site)] ?? []).filter((name) => given.isRotating || !/PREVIOUS/.test(name))
  const byKey = config.cosmos.key !== null || (config.serviceBus !== null && 'connectionString' in config.serviceBus)
  return [
    ...declared.filter((name) => !isGiven(name)).map((name) => `${name} is missing`),
    ...(config.managedIdentityClientId === guid ? [] : ['AZURE_CLIENT_ID is not the identity']),
    ...(byKey ? ['a store is opened by a key'] : []),
    ...deviations('its settings', env, meant(env, given.parameters)),
  ]
}

/** What some settings must say, for two of them could change places and nothing would be refused. */
function meant(env: NodeJS.ProcessEnv, parameters: Parameters): Record<string, unknown> {
  const wanted: Record<string, unknown> = {
    PUBLIC_ORIGIN: `https://${parameters.publicHost}`,
    LICENSING_API_CLIENT_ID: parameters.licensingApiClientId,
    SENDING_API_CLIENT_ID: parameters.sendingApiClientId,
    ADD_IN_CLIENT_ID: parameters.addInClientId,
    PORTAL_CLIENT_ID: parameters.portalClientId,
    PROOF_OTHER_KEYS: parameters.proofOtherKeys,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => name in env))
}

function unused(site: Resource): string[] {
  const env = environmentOf(site)
  const config = JSON.stringify(configOf(site, env))
  return Object.keys(env)
    .filter((name) => !HOST.includes(name) && !TRIGGERS.includes(name) && !isHostJson(name) && name !== BODY)
    .filter((name) => JSON.stringify(configOf(site, { ...env, [name]: undefined })) === config)
    .map((name) => `${name} is read by nobody`)
}

function ofHost(site: Resource, { code }: World): string[] {
  const handles = (code[serviceOf(site)] ?? []).some(({ queue }) => queue !== undefined)
  const found = Object.keys(settingsGiven(site)).filter((name) => HOST.includes(name) || TRIGGERS.includes(name))
  const its = settingsGiven(site)
  const byIdentity = {
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: /^\[format\('ClientId=\{0\};Authorization=AAD', reference\(/,
    AzureWebJobsStorage__credential: 'managedidentity',
    ...(handles ? { SERVICE_BUS__credential: 'managedidentity', SERVICE_BUS__clientId: its.AZURE_CLIENT_ID } : {}),
    AzureWebJobsStorage__clientId: its.AZURE_CLIENT_ID,
  }
  return [
    ...differences(found, handles ? [...HOST, ...TRIGGERS] : HOST, 'is for nobody', 'is missing'),
    ...deviations('host', its, byIdentity),
  ]
}

function longestBody(site: Resource): string[] {
  const given = settingsGiven(site)[BODY]
  const needed = LONGEST[serviceOf(site)]
  if (needed === undefined) return given === undefined ? [] : [`${BODY} is for nobody`]
  // Our own refusal comes first for what is a little too long.
  const isEnough = Number(given) > needed && Number(given) <= needed + MEGABYTE
  return isEnough ? [] : [`${BODY} is ${given}, not a little more than ${needed}`]
}

function notFromVault(site: Resource, { given, secrets }: World): string[] {
  return Object.entries(settingsGiven(site)).flatMap(([name, value]) => {
    const text = String(value)
    const isPlain =
      secrets.some((secret) => text.includes(`parameters('${secret}')`)) ||
      /AccountKey|SharedAccess|listKeys/i.test(text)
    const secret = /\.references\.value\['([\w-]+)'\]/.exec(text)?.[1]
    const isNamedAlike = !secret || secret === name.toLowerCase().replaceAll('_', '-')
    return [
      ...(isPlain ? [`${name} holds a secret`] : []),
      ...(isNamedAlike ? [] : [`${name} refers to the secret ${secret}`]),
      ...(secret === 'stripe-previous-secret' && !given.isRotating
        ? [`${name} refers to a secret that is not there`]
        : []),
    ]
  })
}

/** The settings of an app as its process would find them. */
function environmentOf(site: Resource): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(settingsGiven(site)).map(([name, value]) => {
      if (!String(value).startsWith('[')) return [name, value]
      const rule = KNOWN_TO_AZURE.find(([pattern]) => pattern.test(value))
      return [name, rule?.[1](rule[0].exec(value)!) ?? value]
    }),
  )
}

/** What the service makes of it, or why it does not start. */
function configOf(site: Resource, env: NodeJS.ProcessEnv) {
  try {
    return readConfig(serviceOf(site), env)
  } catch (error) {
    return (error as Error).message
  }
}
