import sample from '../local.settings.sample.json' with { type: 'json' }

/** What exists on one machine only; in production each of them stops the start (F02). */
const STAND_IN_SETTINGS = [
  ...['ENTRA_AUTHORITY', 'COSMOS_KEY', 'SERVICE_BUS', 'CLOCK_FILE', 'STRIPE_API'],
  ...['CONTENT', 'GRAPH_API', 'GRANT_CLIENT_KEY', 'SIGN_IN_CLIENT_KEY', 'CLOCK_RATE'],
]
const AZURE_MARKS = ['WEBSITE_INSTANCE_ID', 'WEBSITE_SITE_NAME', 'IDENTITY_ENDPOINT']
const ADDRESSES = [
  ...['PUBLIC_ORIGIN', 'COSMOS_ENDPOINT', 'ENTRA_AUTHORITY', 'STRIPE_API', 'GRAPH_API'],
  'CONTENT__blobServiceUri',
]
const COSMOS_HOST = /^[a-z0-9-]+\.documents\.azure\.com$/
const BLOB_ADDRESS = /^https:\/\/[a-z0-9]{3,24}\.blob\.core\.windows\.net\/?$/
const BUS_HOST = /^[a-z0-9-]+\.servicebus\.windows\.net$/

/**
 * Stops the start of a service whose settings could make it trust a stand-in, or a stand-in's keys, in Azure.
 * @param hasQueues whether the service sends to queues or handles some
 * @returns true when stand-ins are allowed
 * @throws Error in one sentence naming the settings, never their values
 */
export function refuseUnsafe(service: string, env: NodeJS.ProcessEnv, hasQueues: boolean): boolean {
  const standIns = env.STAND_INS === 'on'
  const faults = standIns ? standInFaults(env) : productionFaults(env, hasQueues)
  if (faults.length > 0) throw new Error(`${service} cannot start. ${onePerSetting(faults).join(' ')}`)
  return standIns
}

/** Each sentence begins with its setting; of several about one the first says enough. */
const onePerSetting = (faults: string[]): string[] =>
  [...Map.groupBy(faults, (sentence) => sentence.split(' ')[0])].flatMap(([, sentences]) => sentences.slice(0, 1))

function standInFaults(env: NodeJS.ProcessEnv): string[] {
  const marks = AZURE_MARKS.filter((name) => env[name] !== undefined)
  const faults = marks.map((name) => `STAND_INS is on although ${name} says that this is Azure.`)
  const hosts = {
    ...Object.fromEntries(ADDRESSES.map((name) => [name, hostOf(env[name])])),
    SERVICE_BUS: /Endpoint=sb:\/\/([^:/;]+)/i.exec(env.SERVICE_BUS ?? '')?.[1] ?? '',
    SERVICE_BUS__fullyQualifiedNamespace: env.SERVICE_BUS__fullyQualifiedNamespace ?? '',
    CONTENT: hostOf(/BlobEndpoint=([^;]+)/i.exec(env.CONTENT ?? '')?.[1]),
  }
  for (const [name, host] of Object.entries(hosts)) {
    if (env[name] && !isLoopback(host) && !/-test\./.test(host)) {
      faults.push(`${name} is neither on this machine nor a test resource, although STAND_INS is on.`)
    }
  }
  if (/^\w{2}_live_/.test(env.STRIPE_KEY ?? '')) faults.push('STRIPE_KEY is live, although STAND_INS is on.')
  return faults
}

function productionFaults(env: NodeJS.ProcessEnv, hasQueues: boolean): string[] {
  const faults: string[] = []
  if (env.STAND_INS !== undefined) faults.push('STAND_INS may only be "on", and only on one machine.')
  for (const name of STAND_IN_SETTINGS) if (env[name]) faults.push(`${name} may be set only with STAND_INS.`)
  for (const [name, value] of Object.entries(sample.Values)) {
    if (name !== 'FUNCTIONS_WORKER_RUNTIME' && value && env[name] === value) {
      faults.push(`${name} still has the value of the sample.`)
    }
  }
  for (const name of ['PUBLIC_ORIGIN', 'COSMOS_ENDPOINT']) {
    const value = env[name]
    if (value && (!value.startsWith('https://') || isPrivate(hostOf(value)))) {
      faults.push(`${name} must be a public https address.`)
    }
  }
  if (env.COSMOS_ENDPOINT && !COSMOS_HOST.test(hostOf(env.COSMOS_ENDPOINT))) {
    faults.push('COSMOS_ENDPOINT must be an account of Azure Cosmos DB.')
  }
  if (env.CONTENT__blobServiceUri && !BLOB_ADDRESS.test(env.CONTENT__blobServiceUri)) {
    faults.push('CONTENT__blobServiceUri must be the blob end point of a storage account.')
  }
  // Without it the other half of the lock, the service tag, admits anybody's Front Door (F20).
  if (!env.FRONT_DOOR_ID) faults.push('FRONT_DOOR_ID is missing.')
  const namespace = env.SERVICE_BUS__fullyQualifiedNamespace
  if (namespace === undefined && hasQueues) faults.push('SERVICE_BUS__fullyQualifiedNamespace is missing.')
  else if (namespace !== undefined && !BUS_HOST.test(namespace)) {
    faults.push('SERVICE_BUS__fullyQualifiedNamespace must be a namespace of Azure Service Bus.')
  }
  return faults
}

const hostOf = (address: string | undefined): string => URL.parse(address ?? '')?.hostname ?? ''
const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
const isPrivate = (host: string) =>
  isLoopback(host) || !host.includes('.') || /^[\d.]+$|^\[/.test(host) || /\.(local|internal|localhost)$/.test(host)
