import { type Check, deviations, differences } from './check.ts'
import { all, last, serviceOf, settingsGiven, type World } from './world.ts'

/** What each kind of resource must say, so that nothing opens by a key. */
const NO_KEYS: Record<string, Record<string, unknown>> = {
  'Microsoft.DocumentDB/databaseAccounts': { disableLocalAuth: true, disableKeyBasedMetadataWriteAccess: true },
  'Microsoft.ServiceBus/namespaces': { disableLocalAuth: true },
  'Microsoft.Insights/components': { DisableLocalAuth: true },
  'Microsoft.OperationalInsights/workspaces': { features: { disableLocalAuth: true } },
  'Microsoft.Storage/storageAccounts': { allowSharedKeyAccess: false, allowBlobPublicAccess: false },
  'Microsoft.KeyVault/vaults': { enableRbacAuthorization: true },
}
const TLS: Record<string, Record<string, unknown>> = {
  'Microsoft.DocumentDB/databaseAccounts': { minimalTlsVersion: 'Tls12' },
  'Microsoft.ServiceBus/namespaces': { minimumTlsVersion: /^1\.[23]$/ },
  'Microsoft.Storage/storageAccounts': { minimumTlsVersion: /^TLS1_[23]$/, supportsHttpsTrafficOnly: true },
}
const STORES = [
  ...['Microsoft.DocumentDB/databaseAccounts', 'Microsoft.ServiceBus/namespaces'],
  ...['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults'],
]

/** What keeps things, and who can reach it how. */
export const storesChecks: Check[] = [
  {
    name: 'no keys',
    protects: 'A key that leaks opens nothing: everything is opened by an identity.',
    find: (world) => everyOf(world, NO_KEYS),
  },
  {
    name: 'TLS 1.2',
    protects: 'Nothing is told to anybody in a way that others can read.',
    find: (world) => [
      ...everyOf(world, TLS),
      ...all(world, 'Microsoft.Web/sites').flatMap((site) =>
        deviations(serviceOf(site), site.properties.siteConfig, {
          ...{ minTlsVersion: /^1\.[23]$/, scmMinTlsVersion: /^1\.[23]$/, ftpsState: 'Disabled' },
        }),
      ),
      ...all(world, 'Microsoft.Cdn/profiles/customDomains').flatMap(({ name, properties }) =>
        deviations(last(name), properties.tlsSettings, { minimumTlsVersion: /^TLS1[23]$/ }),
      ),
    ],
  },
  {
    name: 'private where asked for',
    protects:
      'Where the parameter says so, no store answers the internet, and services reach each by a door of its own.',
    find: (world) => (world.given.isPrivate ? reachable(world) : []),
  },
  {
    name: 'the truth',
    protects:
      'One write region and strong consistency, so that "at the next look-up" may be taken literally; and a way back of 30 days.',
    find: (world) => {
      const account = all(world, 'Microsoft.DocumentDB/databaseAccounts')[0]?.properties
      return deviations(
        'Cosmos',
        { ...account, regions: account?.locations.length },
        {
          ...{ regions: 1, enableMultipleWriteLocations: false },
          consistencyPolicy: { defaultConsistencyLevel: 'Strong' },
          backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous30Days' } },
        },
      )
    },
  },
  {
    name: 'one account',
    protects:
      'What was restored into another account is the truth for all: no right, alert, log or door leads to the one before.',
    find: (world) => {
      const [group] = all(world, 'Microsoft.Resources/resourceGroups')
      const wanted = String(world.given.parameters.cosmosAccountName ?? group?.name)
      const named = JSON.stringify(world.resources).matchAll(/\/Microsoft\.DocumentDB\/databaseAccounts\/([\w-]+)/g)
      const found = new Set([...named].map(([, name = '']) => name))
      return differences([...found], [wanted], 'something leads to the account', 'nothing leads to the account')
    },
  },
  {
    name: 'content is forgotten',
    protects:
      'What was deleted is gone, what the service lost sight of goes by itself, and logs go when it was promised.',
    find: forgotten,
  },
]

const everyOf = (world: World, wanted: Record<string, Record<string, unknown>>): string[] =>
  Object.entries(wanted).flatMap(([type, properties]) => {
    const found = all(world, type)
    if (found.length === 0) return [`there is no ${type}`]
    return found.flatMap((one) => deviations(`${type} ${one.name}`, one.properties, properties))
  })

function reachable(world: World): string[] {
  const stores = STORES.flatMap((type) => all(world, type))
  const doors = JSON.stringify(all(world, 'Microsoft.Network/privateEndpoints').map(({ properties }) => properties))
  return [
    ...stores.flatMap((store) =>
      deviations(`${store.type} ${store.name}`, store.properties, { publicNetworkAccess: 'Disabled' }),
    ),
    ...stores
      .filter(({ type, name }) => !doors.includes(`${type}/${name}`) && !doors.includes(`'${type}', '${name}'`))
      .map(({ type, name }) => `${type} ${name} has no door in the network`),
    ...all(world, 'Microsoft.Web/sites')
      .filter(({ properties }) => !properties.virtualNetworkSubnetId)
      .map((site) => `${serviceOf(site)} does not stand in the network`),
  ]
}

function forgotten(world: World): string[] {
  const sender = all(world, 'Microsoft.Web/sites').find((site) => serviceOf(site) === 'merge-send-queue')
  const account = sender && settingsGiven(sender).AzureWebJobsStorage__accountName
  const kept = all(world, 'Microsoft.Storage/storageAccounts/blobServices/containers').map(({ name }) => name)
  const rule = all(world, 'Microsoft.Storage/storageAccounts/managementPolicies')[0]?.properties.policy.rules[0]
  return [
    ...(kept.filter((name) => name.endsWith('/content')).join() === `${account}/default/content`
      ? []
      : ['content is kept elsewhere']),
    ...deviations('forgetting', rule, { enabled: true, type: 'Lifecycle' }),
    ...deviations('forgetting', rule?.definition, {
      filters: { blobTypes: ['blockBlob'], prefixMatch: ['content/'] },
      actions: { baseBlob: { delete: { daysAfterLastAccessTimeGreaterThan: 60 } } },
    }),
    // docs/privacy.md says so.
    ...all(world, 'Microsoft.OperationalInsights/workspaces').flatMap(({ properties }) =>
      deviations('logs', properties, { retentionInDays: 30 }),
    ),
    ...all(world, 'Microsoft.Storage/storageAccounts/blobServices').flatMap(({ name, properties }) =>
      deviations(name, properties, {
        ...{ deleteRetentionPolicy: { enabled: false }, isVersioningEnabled: false },
        lastAccessTimeTrackingPolicy: { enable: name === `${account}/default` },
      }),
    ),
  ]
}
