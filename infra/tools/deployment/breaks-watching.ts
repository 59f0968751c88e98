import { type Break, remove, the } from './break.ts'
import type { World } from './world.ts'

const METRIC = 'Microsoft.Insights/metricAlerts'
const LOGS = 'Microsoft.Insights/scheduledQueryRules'
const QUERIES = 'Microsoft.OperationalInsights/queryPacks/queries'
const WORKBOOK = 'Microsoft.Insights/workbooks'
const BY_HAND = 'changes by hand ring'
const BUDGET = 'Microsoft.Consumption/budgets'
const DAY = 'the picture of the day'
const TOLD = 'alerts tell somebody'
const PAGE = 'alerts have a page'

const change = (breaks: string, seen: string, type: string, to: Record<string, unknown>, end?: string): Break => ({
  ...{ breaks, seen },
  make: (world) => Object.assign(the(world, type, end).properties, to),
})

const gone = (breaks: string, seen: string, type: string, end?: string): Break => ({
  ...{ breaks, seen },
  make: (world) => remove(world, the(world, type, end)),
})

const text = (breaks: string, end: string, from: string | RegExp, to: string): Break => ({
  ...{ breaks, seen: PAGE },
  make: (world) => {
    const its = the(world, LOGS, end).properties
    its.description = its.description.replace(from, to)
  },
})

const query = (breaks: string, end: string, from: string, to: string): Break => ({
  ...{ breaks, seen: BY_HAND },
  make: (world) => {
    const [rule] = the(world, LOGS, end).properties.criteria.allOf
    rule.query = rule.query.replaceAll(from, to)
  },
})

const output = (breaks: string, value: string, type = 'string'): Break => ({
  ...{ breaks, seen: 'no key in an output' },
  make: ({ outputs }: World) => {
    outputs.push({ name: 'connection', type, value })
  },
})

/** What rings, what can be seen afterwards, and what must never be seen. */
export const watchingBreaks: Break[] = [
  change('an alert tells nobody', TOLD, LOGS, { actions: { actionGroups: [] } }, 'purchase-waiting'),
  change('an alert is switched off', TOLD, METRIC, { enabled: false }, 'address-failing'),
  change('money that is gone tells nobody', TOLD, BUDGET, {
    notifications: { spent: { enabled: true, operator: 'GreaterThan', threshold: 80, contactGroups: [] } },
  }),
  change('the end of a secret tells nobody', TOLD, 'Microsoft.EventGrid/systemTopics/eventSubscriptions', {
    destination: { endpointType: 'MonitorAlert', properties: { severity: 'Sev3' } },
  }),
  change('those who are told have no address', TOLD, 'Microsoft.Insights/actionGroups', { emailReceivers: [] }),
  text('an alert names no page', 'look-up-failing', /What to do: .*/, ''),
  text('an alert names a page that is not there', 'look-up-failing', /#[\w-]+$/, '#no-such-page'),
  text('an alert names a query that is not saved', 'store-restored', /"[^"]+"/, '"Why?"'),
  text('an alert does not say what people notice', 'grant-foreign', /People notice: .*\n/, ''),
  change('an alert is neither for the night nor for the morning', 'alerts of two grades', METRIC, { severity: 2 }),
  gone('nobody watches a queue', 'an alert for each queue', METRIC, 'dead-letters-purchases'),
  {
    breaks: 'a dead letter has to be joined by ten before it rings',
    seen: 'an alert for each queue',
    make: (world) => {
      the(world, METRIC, 'dead-letters-ticks').properties.criteria.allOf[0].threshold = 10
    },
  },
  gone('an alert of the runbook is missing', 'pages have an alert', METRIC, 'store-throttled'),
  change('the budget rings when nothing but what is idle was paid', 'the budget', BUDGET, { amount: 500 }),
  change('the budget rings when far too much was paid', 'the budget', BUDGET, { amount: 9_000 }),
  gone('no budget', 'pages have an alert', BUDGET),
  gone('an emergency is quiet', 'emergencies ring', LOGS, 'break-glass'),
  {
    breaks: 'an emergency does not ring when a right on items is given',
    seen: 'emergencies ring',
    make: (world) => {
      const [rule] = the(world, LOGS, 'break-glass').properties.criteria.allOf
      rule.query = rule.query.replace(/.*sqlRoleAssignments.*\n?/, '').replaceAll('sqlRoleAssignments', '')
    },
  },
  change('a package that is changed waits for the morning', BY_HAND, LOGS, { severity: 3 }, 'app-changed'),
  gone('nobody hears that an alert was silenced', BY_HAND, LOGS, 'alerts-changed'),
  query('a setting is changed unheard', 'app-changed', '(write|delete)', '(delete)'),
  query('whoever stops an app wakes everybody', 'app-changed', '(publish|', '(stop|publish|'),
  query('alerts are silenced unheard', 'alerts-changed', 'alertsmanagement/', 'alertsmanagement/alerts/'),
  {
    breaks: 'nobody can see who opened a secret',
    seen: 'diagnostics',
    make: (world) => remove(world, told(world, 'AuditEvent')),
  },
  {
    breaks: 'nobody can see who changed what',
    seen: 'diagnostics',
    make: (world) => remove(world, told(world, 'Administrative')),
  },
  {
    breaks: 'a question has no saved query',
    seen: 'saved queries',
    make: (world) => {
      world.resources = world.resources.filter(
        ({ type, properties }) => type !== QUERIES || properties.displayName !== 'What did my command do?',
      )
    },
  },
  {
    breaks: 'the picture of the day shows switches that are off again',
    seen: DAY,
    make: (world) => {
      const day = the(world, WORKBOOK).properties
      day.serializedData = day.serializedData.replace('\\n| where on\\n', '\\n')
    },
  },
  change('there is no picture of the day', DAY, WORKBOOK, { serializedData: '{}' }),
  {
    breaks: 'the picture of the day does not show which version runs',
    seen: DAY,
    make: (world) => {
      const day = the(world, WORKBOOK).properties
      day.serializedData = day.serializedData.replaceAll('line.version', 'line.event')
    },
  },
  {
    breaks: 'a service does not tell how its switches stand',
    seen: DAY,
    make: ({ code }) => {
      code['seat-assignment'] = code['seat-assignment']!.filter(({ name }) => !name.startsWith('tell_'))
    },
  },
  output(
    'a key is given back by a deployment',
    "[listKeys(resourceId('Microsoft.ServiceBus/namespaces', 'x'), '2024-01-01').primaryKey]",
  ),
  output('a secret is given back by a deployment', "[parameters('grantKeys')]"),
  output('a hidden output', "['x']", 'securestring'),
  {
    breaks: 'a secret stands beside the vault',
    seen: 'secrets in the vault alone',
    make: (world) => {
      the(world, 'Microsoft.Insights/actionGroups').properties.webhookReceivers = [
        { serviceUri: "[parameters('stripeKey')]" },
      ]
    },
  },
  {
    breaks: 'a deployment without a secret empties it',
    seen: 'secrets in the vault alone',
    make: (world) => {
      delete the(world, 'Microsoft.KeyVault/vaults/secrets', '/grant-keys').condition
    },
  },
  {
    breaks: 'a secret has no end',
    seen: 'secrets are changed',
    make: (world) => {
      delete the(world, 'Microsoft.KeyVault/vaults/secrets', '/stripe-key').properties.attributes
    },
  },
  {
    breaks: 'a secret does not say how it is changed',
    seen: 'secrets are changed',
    make: (world) => {
      the(world, 'Microsoft.KeyVault/vaults/secrets', '/grant-keys').tags = {}
    },
  },
  change('the vault can be emptied for good', 'secrets are changed', 'Microsoft.KeyVault/vaults', {
    enablePurgeProtection: false,
  }),
  {
    breaks: 'something belongs to no environment',
    seen: 'tags',
    make: (world) => {
      delete the(world, 'Microsoft.DocumentDB/databaseAccounts').tags
    },
  },
]

/** What makes Azure tell a category. */
function told(world: World, category: string) {
  const found = world.resources.find(({ properties }) =>
    JSON.stringify(properties?.logs ?? '').includes(`"${category}"`),
  )
  if (!found) throw new Error(`nothing tells ${category}`)
  return found
}
