import type { Resource } from '../bicep-compiler.ts'
import { fixedPart, growingPart, optionalPart } from '../cost-model.ts'
import { type Check, deviations, differences } from './check.ts'
import { all, last, names, type World } from './world.ts'

const PAGE = /What to do: docs\/operations\.md#([\w-]+)$/

interface Alert {
  name: string
  text: string
  severity: number | undefined
  isEnabled: boolean
  tells: string
}

/** What rings, and whether somebody hears it and knows what to do. */
export const alertsChecks: Check[] = [
  {
    name: 'alerts tell somebody',
    protects: 'No alert rings in an empty room.',
    find: (world) => {
      const group = all(world, 'Microsoft.Insights/actionGroups')[0]
      const hears = (tells: string) =>
        tells.includes(group?.id ?? 'nobody') || tells.includes('.outputs.operatorsId.value')
      const address = group?.properties.emailReceivers?.[0]?.emailAddress
      const isRead = group?.properties.enabled && address === world.given.parameters.alertsAddress
      return [
        ...(isRead ? [] : ['nobody is told of anything']),
        ...alertsIn(world)
          .filter(({ tells }) => !hears(tells))
          .map(({ name }) => `${name} tells nobody`),
        ...alertsIn(world)
          .filter(({ isEnabled }) => !isEnabled)
          .map(({ name }) => `${name} is switched off`),
      ]
    },
  },
  {
    name: 'alerts have a page',
    protects: 'Who is woken finds what people notice, where to look first, and a page that says what to do.',
    find: (world) => alertsIn(world).flatMap((alert) => pages(alert, world)),
  },
  {
    name: 'pages have an alert',
    protects: 'What the runbook says will ring does ring: an alert that was lost is missed by nobody else.',
    find: (world) => {
      const rung = alertsIn(world).map(({ text }) => PAGE.exec(text)?.[1])
      return world.alertPages.filter((page) => !rung.includes(page)).map((page) => `nothing rings for ${page}`)
    },
  },
  {
    name: 'alerts of two grades',
    protects: 'People get up for what cannot wait, and for nothing else.',
    find: (world) =>
      alertsIn(world)
        .filter(({ severity }) => severity !== undefined && severity !== 1 && severity !== 3)
        .map(({ name, severity }) => `${name} has severity ${severity}`),
  },
  {
    name: 'an alert for each queue',
    protects:
      'A message that was set aside is money without a licence or a campaign that stands still: somebody hears of it.',
    find: (world) => {
      const watched = all(world, 'Microsoft.Insights/metricAlerts').flatMap(({ properties }) =>
        (properties.criteria.allOf as Metric[])
          .filter(
            ({ metricName, threshold, operator }) =>
              metricName === 'DeadletteredMessages' && threshold === 0 && operator === 'GreaterThan',
          )
          .flatMap(({ dimensions }) => dimensions?.flatMap(({ values }) => values) ?? []),
      )
      return differences(watched, Object.keys(names.queues), 'there is no queue', 'nobody watches queue')
    },
  },
  {
    name: 'the budget',
    protects: 'It rings when a bill is not as foreseen, and not each month: docs/cost.md says what a month costs.',
    find: (world) => {
      const [budget] = all(world, 'Microsoft.Consumption/budgets')
      const { amount, notifications } = budget?.properties ?? {}
      const said = world.given.parameters.monthlyBudget
      if (said !== undefined) return deviations('the budget', { amount }, { amount: said })
      const rings = (amount * notifications?.spent.threshold) / 100
      const bill = billOf(world)
      const isRight = rings > bill && rings < bill * 1.5
      return isRight ? [] : [`it rings at ${rings}, and ${Math.round(bill)} is foreseen`]
    },
  },
]

interface Metric {
  metricName?: string
  threshold?: number
  operator?: string
  dimensions?: { values: string[] }[]
}

/** What a month costs with a thousand subscriptions. */
function billOf({ given }: World): number {
  const options = given.isPrivate ? Object.values(optionalPart()).map(({ usd }) => usd) : []
  const parts = [fixedPart(), growingPart({ subscriptions: 1_000, mails: 0 })].flatMap((part) => Object.values(part))
  return [...parts, ...options].reduce((sum, usd) => sum + usd, 0)
}

/** All that rings: on a metric, on the logs, on money, on the vault's own news. */
export function alertsIn(world: World): Alert[] {
  const nameOf = ({ name }: Resource) => last(name).replace(/^smm-\w+?-\w{6}-/, '')
  const rules = [
    ...all(world, 'Microsoft.Insights/metricAlerts'),
    ...all(world, 'Microsoft.Insights/scheduledQueryRules'),
  ]
  const news = all(world, 'Microsoft.EventGrid/systemTopics/eventSubscriptions')
  return [
    ...rules.map((rule) => ({
      name: nameOf(rule),
      text: String(rule.properties.description),
      severity: Number(rule.properties.severity),
      isEnabled: rule.properties.enabled === true,
      tells: JSON.stringify(rule.properties.actions ?? ''),
    })),
    ...news.map((one) => ({
      name: nameOf(one),
      text: String(one.properties.destination.properties?.description),
      severity: Number(String(one.properties.destination.properties?.severity).replace('Sev', '')),
      isEnabled: one.properties.destination.endpointType === 'MonitorAlert',
      tells: JSON.stringify(one.properties.destination.properties?.actionGroups ?? ''),
    })),
    ...all(world, 'Microsoft.Consumption/budgets').flatMap((budget) =>
      Object.entries(
        budget.properties.notifications as Record<string, { enabled: boolean; contactGroups: string[] }>,
      ).map(([when, told]) => ({
        name: `budget (${when})`,
        // A budget carries no text.
        text: 'What to do: docs/operations.md#budget',
        severity: undefined,
        isEnabled: told.enabled,
        tells: JSON.stringify(told.contactGroups ?? ''),
      })),
    ),
  ]
}

function pages({ name, text, severity }: Alert, world: World): string[] {
  const page = PAGE.exec(text)?.[1]
  const look = /^First look: saved query "(.+)"$/m.exec(text)?.[1]
  const titles = all(world, 'Microsoft.OperationalInsights/queryPacks/queries').map(
    ({ properties }) => properties.displayName,
  )
  return [
    ...(page ? [] : [`${name} names no page`]),
    ...(page && !world.runbook.includes(page)
      ? [`${name} names a page that is not there: docs/operations.md#${page}`]
      : []),
    ...(severity === undefined || /^People notice: .+\.$/m.test(text)
      ? []
      : [`${name} does not say what people notice`]),
    ...(severity === undefined || (look && titles.includes(look))
      ? []
      : [`${name} names a saved query that is not there: ${look}`]),
  ]
}
