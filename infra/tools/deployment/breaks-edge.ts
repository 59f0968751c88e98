import { add, app, type Break, remove, the } from './break.ts'
import { all, type World } from './world.ts'

const DOOR = 'only through our Front Door'
const POLICY = 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies'
const COSMOS = 'Microsoft.DocumentDB/databaseAccounts'
const STORAGE = 'Microsoft.Storage/storageAccounts'

const change = (breaks: string, seen: string, type: string, to: Record<string, unknown>, end?: string): Break => ({
  ...{ breaks, seen },
  make: (world) => Object.assign(the(world, type, end).properties, to),
})

const site = (breaks: string, seen: string, to: (config: Record<string, unknown>) => void): Break => ({
  ...{ breaks, seen },
  make: (world) => to(app(world, 'purchase-webhooks').properties.siteConfig),
})

const rule = (world: World, name: string) =>
  the(world, POLICY).properties.customRules.rules.find((one: { name: string }) => one.name === name)

/** The address, its guard, and who can open a store. */
export const edgeBreaks: Break[] = [
  site('a site answers everybody', DOOR, (its) => {
    its.ipSecurityRestrictionsDefaultAction = 'Allow'
  }),
  site("a site answers anybody's Front Door", DOOR, (its) => {
    for (const one of its.ipSecurityRestrictions as { headers?: unknown }[]) delete one.headers
  }),
  site('a site answers an address beside Front Door', DOOR, (its) => {
    ;(its.ipSecurityRestrictions as unknown[]).push({ name: 'office', action: 'Allow', ipAddress: '203.0.113.7/32' })
  }),
  {
    breaks: 'a site answers without TLS',
    seen: DOOR,
    make: (world) => Object.assign(app(world, 'licence-lookup').properties, { httpsOnly: false }),
  },
  change(
    'a password opens publishing',
    'no passwords for publishing',
    'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
    { allow: true },
    '/scm',
  ),
  change(
    'answers are kept at the edge',
    'routes',
    'Microsoft.Cdn/profiles/afdEndpoints/routes',
    { cacheConfiguration: { queryStringCachingBehavior: 'IgnoreQueryString' } },
    '/licence-lookup',
  ),
  change('an address that is not ours is answered', 'routes', 'Microsoft.Cdn/profiles/afdEndpoints/routes', {
    linkToDefaultDomain: 'Enabled',
  }),
  change(
    'all other paths reach a service',
    'routes',
    'Microsoft.Cdn/profiles/afdEndpoints/routes',
    { patternsToMatch: ['/*'] },
    '/seat-assignment',
  ),
  {
    breaks: 'a path leads nowhere',
    seen: 'routes',
    make: (world) => remove(world, the(world, 'Microsoft.Cdn/profiles/afdEndpoints/routes', '/purchase-webhooks')),
  },
  change('the firewall only tells', 'firewall', POLICY, {
    policySettings: { enabledState: 'Enabled', mode: 'Detection' },
  }),
  {
    breaks: 'the firewall guards nothing',
    seen: 'firewall',
    make: (world) => {
      the(world, 'Microsoft.Cdn/profiles/securityPolicies').properties.parameters.associations = []
    },
  },
  {
    breaks: 'a company behind one address is a flood',
    seen: 'firewall',
    make: (world) => Object.assign(rule(world, 'NoFlood'), { rateLimitThreshold: 100 }),
  },
  {
    breaks: 'a renewal night is a flood',
    seen: 'firewall',
    make: (world) => Object.assign(rule(world, 'StripeEvents'), { priority: 40 }),
  },
  {
    breaks: 'the paths of the host are let through',
    seen: 'firewall',
    make: (world) => Object.assign(rule(world, 'NoHostPaths'), { action: 'Log' }),
  },
  {
    breaks: 'a path of ours is refused',
    seen: 'firewall',
    make: (world) =>
      Object.assign(rule(world, 'NoHostPaths').matchConditions[0], {
        matchValue: ['(admin|runtime|\\.auth|campaigns)'],
      }),
  },
  change('Cosmos takes keys', 'no keys', COSMOS, { disableLocalAuth: false }),
  change('the queues take keys', 'no keys', 'Microsoft.ServiceBus/namespaces', { disableLocalAuth: false }),
  change('a storage account takes keys', 'no keys', STORAGE, { allowSharedKeyAccess: true }),
  change('telemetry takes keys', 'no keys', 'Microsoft.Insights/components', { DisableLocalAuth: false }),
  change('the vault has access policies', 'no keys', 'Microsoft.KeyVault/vaults', { enableRbacAuthorization: false }),
  change('a storage account speaks TLS 1.0', 'TLS 1.2', STORAGE, { minimumTlsVersion: 'TLS1_0' }),
  site('a site speaks TLS 1.1', 'TLS 1.2', (its) => {
    its.minTlsVersion = '1.1'
  }),
  change('Cosmos answers the internet where it is to be private', 'private where asked for', COSMOS, {
    publicNetworkAccess: 'Enabled',
  }),
  change(
    'the vault answers the internet where it is to be private',
    'private where asked for',
    'Microsoft.KeyVault/vaults',
    { publicNetworkAccess: 'Enabled' },
  ),
  {
    breaks: 'a store has no door where it is to be private',
    seen: 'private where asked for',
    make: (world) => {
      const door = all(world, 'Microsoft.Network/privateEndpoints').find(({ name }) => name.endsWith('-service-bus'))
      if (door) remove(world, door)
    },
  },
  {
    breaks: 'a service stands outside the network',
    seen: 'private where asked for',
    make: (world) => {
      delete app(world, 'licence-lookup').properties.virtualNetworkSubnetId
    },
  },
  change('what was written is seen later', 'the truth', COSMOS, {
    consistencyPolicy: { defaultConsistencyLevel: 'Session' },
  }),
  change('there are two truths', 'the truth', COSMOS, { enableMultipleWriteLocations: true }),
  change('there is no way back', 'the truth', COSMOS, { backupPolicy: { type: 'Periodic' } }),
  change('deleted content comes back', 'content is forgotten', 'Microsoft.Storage/storageAccounts/blobServices', {
    deleteRetentionPolicy: { enabled: true, days: 30 },
  }),
  {
    breaks: 'content stays for ever',
    seen: 'content is forgotten',
    make: (world) => remove(world, the(world, 'Microsoft.Storage/storageAccounts/managementPolicies')),
  },
  {
    breaks: 'content is kept in the account of another service',
    seen: 'content is forgotten',
    make: (world) =>
      add(world, the(world, 'Microsoft.Storage/storageAccounts/blobServices/containers', '/content'), (copy) => {
        copy.name = 'another/default/content'
      }),
  },
  change(
    'logs are kept for longer than was promised',
    'content is forgotten',
    'Microsoft.OperationalInsights/workspaces',
    { retentionInDays: 365 },
  ),
  {
    breaks: 'nothing leads to a service',
    seen: 'routes',
    make: (world) => remove(world, the(world, 'Microsoft.Cdn/profiles/originGroups/origins', '/licence-lookup')),
  },
  site('deployments are locked out', DOOR, (its) => {
    its.scmIpSecurityRestrictionsUseMain = true
  }),
  {
    breaks: 'anything passes that names the path of the seller',
    seen: 'firewall',
    make: (world) => {
      rule(world, 'StripeEvents').matchConditions[1].matchValue = ['/api/purchases/stripe']
    },
  },
  {
    breaks: 'anybody passes as the seller',
    seen: 'firewall',
    make: (world) => {
      rule(world, 'StripeEvents').matchConditions[0].matchValue = ['0.0.0.0/0']
    },
  },
]
