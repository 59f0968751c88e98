import type { Check } from './check.ts'
import { alertsIn } from './check-alerts.ts'
import { all, type World } from './world.ts'

/** What an alert hears of Azure's own log, and what people may do without waking anybody. */
interface Heard {
  rings: string[]
  isQuiet: string[]
}

/** Whoever may do these can become the service, or hide it: with the rights of operators, none more. */
const BY_OPERATORS: Record<string, Heard> = {
  'app-changed': {
    rings: [
      ...['write', 'delete', 'config/write', 'functions/write', 'extensions/write', 'sourcecontrols/write'],
      ...['publish/action', 'publishxml/action', 'newpassword/action', 'basicPublishingCredentialsPolicies/write'],
    ].map((operation) => `Microsoft.Web/sites/${operation}`),
    isQuiet: ['stop/action', 'start/action', 'restart/action', 'config/list/action', 'read'].map(
      (operation) => `Microsoft.Web/sites/${operation}`,
    ),
  },
  'alerts-changed': {
    rings: [...['metricAlerts', 'activityLogAlerts', 'scheduledQueryRules', 'actionGroups', 'diagnosticSettings']]
      .map((type) => `Microsoft.Insights/${type}`)
      .concat('Microsoft.AlertsManagement/actionRules', 'Microsoft.EventGrid/systemTopics/eventSubscriptions')
      .concat('Microsoft.EventGrid/systemTopics', 'Microsoft.Consumption/budgets')
      .concat('Microsoft.Insights/components', 'Microsoft.Insights/dataCollectionRules')
      .concat('Microsoft.OperationalInsights/workspaces')
      .flatMap((type) => [`${type}/write`, `${type}/delete`]),
    isQuiet: [
      'Microsoft.AlertsManagement/alerts/changestate/action',
      'Microsoft.Insights/workbooks/write',
      'Microsoft.OperationalInsights/queryPacks/queries/write',
    ],
  },
}

/** What people do to it by hand, and who hears of it. */
export const byHandChecks: Check[] = [
  {
    name: 'emergencies ring',
    protects: 'Who gives himself more rights is heard: by the log of the subscription, and by an alert that wakes.',
    find: (world) => {
      const query = queryOf(world, 'break-glass')
      const heard = [
        ...['sqlRoleAssignments/write', 'roleAssignments/write', 'listKeys/action', 'KeyVault/vaults/write'],
        // Their right to send commands is one to change the namespace, too: with a key nobody has to be in the group.
        ...['ServiceBus/namespaces/write', 'ServiceBus/namespaces/authorizationRules/write'],
      ]
      return [
        ...notWaking(world, 'break-glass'),
        ...heard.filter((operation) => !query.includes(operation)).map((operation) => `${operation} is not heard`),
      ]
    },
  },
  {
    name: 'changes by hand ring',
    protects: 'Who changes what a service runs or is told, or what would ring, is heard before the morning (F44).',
    find: (world) =>
      Object.entries(BY_OPERATORS).flatMap(([alert, { rings, isQuiet }]) => {
        const pattern = new RegExp(/matches regex @'([^']+)'/.exec(queryOf(world, alert))?.[1] ?? '^$')
        const hears = (operation: string) => pattern.test(operation.toLowerCase())
        return [
          ...notWaking(world, alert),
          ...rings.filter((one) => !hears(one)).map((one) => `${alert} does not hear ${one}`),
          ...isQuiet.filter(hears).map((one) => `${alert} rings for ${one}`),
        ]
      }),
  },
]

/** An alert's query as it is asked: in the template it stands within an expression. */
function queryOf(world: World, alert: string): string {
  const rule = all(world, 'Microsoft.Insights/scheduledQueryRules').find(({ name }) => name.endsWith(`-${alert}`))
  return String(rule?.properties.criteria.allOf[0].query).replaceAll("''", "'")
}

const notWaking = (world: World, alert: string): string[] =>
  alertsIn(world).some(({ name, severity }) => name === alert && severity === 1) ? [] : [`${alert} wakes nobody`]
