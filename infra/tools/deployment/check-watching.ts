import { type Check, deviations, differences } from './check.ts'
import { all, last, names, services, type World } from './world.ts'

/** What is to be told of what, by Azure itself. */
const DIAGNOSTICS: Record<string, string> = {
  'Microsoft.DocumentDB/databaseAccounts': 'ControlPlaneRequests',
  'Microsoft.ServiceBus/namespaces': 'OperationalLogs',
  'Microsoft.KeyVault/vaults': 'AuditEvent',
  'Microsoft.Cdn/profiles': 'FrontDoorWebApplicationFirewallLog',
}
/** Resources without tags of their own: parts of others, and what Azure tags nowhere. */
const UNTAGGED = /\/.*\/|roleAssignments|diagnosticSettings|budgets|federatedIdentityCredentials/i
/** Each secret, and whether its end is told: the proof key is changed by publishing the next one first. */
const DATED: Record<string, boolean> = {
  'proof-key': false,
  'stripe-key': true,
  'stripe-webhook-secret': true,
  'stripe-previous-secret': true,
  'grant-keys': true,
}
/** What the picture of the day shows, and what of the logs each part has to be made of. */
const DAY: Record<string, string[]> = {
  'Switches that are on': ['switch_stands', 'command_done', 'where on'],
  Versions: ['line.version', 'by AppRoleName'],
}
const KEY = /\blist[A-Z]\w*\(|AccountKey|SharedAccess|(primary|secondary)\w*Key|connectionString/i

/** What can be seen afterwards, and what must never be seen. */
export const watchingChecks: Check[] = [
  {
    name: 'diagnostics',
    protects:
      'Afterwards one can see who opened a secret, who changed a store, what the firewall refused, and who changed anything.',
    find: diagnostics,
  },
  {
    name: 'saved queries',
    protects: 'What people ask has a query that answers.',
    find: (world) => {
      const titles = all(world, 'Microsoft.OperationalInsights/queryPacks/queries').map(({ properties }) =>
        String(properties.displayName),
      )
      const asked = ['request', 'account', 'subscription', 'purchase event', 'campaign'].map(
        (what) => `What happened to this ${what}?`,
      )
      const missing = [...asked, 'What did my command do?', 'Which switches were set?'].filter(
        (title) => !titles.includes(title),
      )
      return missing.map((title) => `no saved query: ${title}`)
    },
  },
  {
    name: 'the picture of the day',
    protects: 'Which version of each service runs, and what is switched, is seen where operators look; and it is told.',
    find: (world) => [...notShown(world), ...notTold(world)],
  },
  {
    name: 'no key in an output',
    protects: 'What a deployment gives back is kept for months, for all who may read: no key and no secret is in it.',
    find: ({ outputs, secrets }) =>
      outputs
        .filter(({ type, value }) => {
          const text = JSON.stringify(value)
          return (
            /^secure/i.test(type) ||
            KEY.test(text) ||
            secrets.some((secret) => text.includes(`parameters('${secret}')`))
          )
        })
        .map(({ name }) => `output ${name} gives a key away`),
  },
  {
    name: 'secrets in the vault alone',
    protects:
      'A secret that is given at deployment goes into the vault, nowhere else, and an empty one leaves it as it is.',
    find: (world) => world.secrets.flatMap((parameter) => holders(world, parameter)),
  },
  {
    name: 'secrets are changed',
    protects: 'Each secret says by when it is changed and where it stands how; the vault forgets none for 90 days.',
    find: dates,
  },
  {
    name: 'tags',
    protects: 'Everything says to which environment it belongs, so that a bill and a tool can tell.',
    find: ({ resources }) =>
      resources
        .filter(({ type, tags }) => !UNTAGGED.test(type) && tags?.['azd-env-name'] !== 'test')
        .map(({ type, name }) => `${type} ${name} has no tag`),
  },
]

function notShown(world: World): string[] {
  const [day] = all(world, 'Microsoft.Insights/workbooks')
  const { items = [] }: { items?: { name: string; content: { query?: string } }[] } = JSON.parse(
    day?.properties.serializedData ?? '{}',
  )
  return Object.entries(DAY).flatMap(([name, parts]) => {
    const query = items.find((item) => item.name === name)?.content.query ?? ''
    return parts.filter((part) => !query.includes(part)).map((part) => `"${name}" is not shown by ${part}`)
  })
}

/** Services that have switches and do not say how they stand. */
const notTold = ({ code }: World): string[] =>
  services
    .filter((service) => (names.services[service].writes as string[]).includes('operations'))
    .map((service) => ({ service, timer: `tell_${service.replaceAll('-', '_')}_switches` }))
    .filter(({ service, timer }) => !code[service]?.some(({ name }) => name === timer))
    .map(({ service, timer }) => `${service} has no ${timer}`)

function diagnostics(world: World): string[] {
  const settings = all(world, 'Microsoft.Insights/diagnosticSettings')
  const tells = (category: string, on: string) =>
    settings.some((one) => {
      const isOn = JSON.stringify(one).includes(on)
      return (
        isOn &&
        one.properties.workspaceId &&
        JSON.stringify(one.properties.logs).includes(`"category":"${category}","enabled":true`)
      )
    })
  return [
    ...Object.entries(DIAGNOSTICS)
      .filter(([type, category]) => !tells(category, type))
      .map(([type, category]) => `${type} does not tell ${category}`),
    ...(tells('Administrative', '') ? [] : ['the subscription does not tell who changes what']),
  ]
}

function holders(world: World, parameter: string): string[] {
  const found = world.resources.filter(({ properties }) =>
    JSON.stringify(properties ?? {}).includes(`parameters('${parameter}')`),
  )
  const vault = found.filter(({ type }) => type === 'Microsoft.KeyVault/vaults/secrets')
  return [
    ...found.filter((one) => !vault.includes(one)).map(({ type, name }) => `${parameter} stands in ${type} ${name}`),
    ...(vault.length === 1 ? [] : [`${parameter} stands in ${vault.length} secrets`]),
    ...vault.flatMap((one) =>
      deviations(last(one.name), one, { condition: `[not(empty(parameters('${parameter}')))]` }),
    ),
  ]
}

function dates(world: World): string[] {
  const found = all(world, 'Microsoft.KeyVault/vaults/secrets')
  const vault = all(world, 'Microsoft.KeyVault/vaults')[0]?.properties
  return [
    ...differences(
      found.map(({ name }) => last(name)),
      Object.keys(DATED),
      'nobody knows the secret',
      'there is no secret',
    ),
    ...deviations('the vault', vault, { enablePurgeProtection: true, softDeleteRetentionInDays: 90 }),
    ...found
      .filter(({ name }) => DATED[last(name)])
      .flatMap(({ name, properties, tags }) => {
        const page = /^docs\/operations\.md#([\w-]+)$/.exec(tags?.rotate ?? '')?.[1] ?? ''
        return [
          ...(properties.attributes?.exp ? [] : [`${last(name)} has no end`]),
          ...(world.runbook.includes(page) ? [] : [`${last(name)} does not say how it is changed`]),
        ]
      }),
  ]
}
