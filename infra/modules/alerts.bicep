// What tells somebody. Each alert has a paragraph of its own name in docs/operations.md.
import { morning, told, wake } from 'telling.bicep'

param name string
@description('Required. Name of the Cosmos account.')
param account string
param location string
param tags { *: string }
param monthlyBudget int
param isPrivate bool
param isZoneRedundant bool

@description('When this is deployed; not to be given.')
param thisMonth string = utcNow('yyyy-MM')

var names = loadJsonContent('../../shared/names.json')

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: account
}

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: name
}

resource frontDoor 'Microsoft.Cdn/profiles@2025-04-15' existing = {
  name: name
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: '${name}-operators'
}

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for queue in objectKeys(names.queues): {
    name: '${name}-dead-letters-${queue}'
    location: 'global'
    tags: tags
    properties: {
      description: told(
        'A message of queue ${queue} was set aside: its handler failed each time.',
        queue == 'purchases'
          ? 'Somebody has paid and has no licence yet.'
          : queue == 'ticks' ? 'Campaigns of somebody stand still.' : 'Nothing, or a command that has no answer.',
        'What fails, and since when?',
        'dead-letters'
      )
      enabled: true
      // A purchase that is set aside is money without a licence; a tick, campaigns that stand still.
      severity: contains(['purchases', 'ticks'], queue) ? wake : morning
      scopes: [bus.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'dead letters'
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: 'DeadletteredMessages'
            dimensions: [{ name: 'EntityName', operator: 'Include', values: [queue] }]
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: 0
          }
        ]
      }
      actions: [{ actionGroupId: operators.id }]
    }
  }
]

module logAlerts 'log-alerts.bicep' = {
  params: { name: name, location: location, tags: tags, operators: operators.id }
}

// A service that is down tells nothing to the logs; the address in front of it does.
resource addressFailing 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-address-failing'
  location: 'global'
  tags: tags
  properties: {
    description: told(
      'More than 2 % of the answers of 5 minutes were failures.',
      'Owners and buyers see errors; add-ins keep what they were told last.',
      'What fails, and since when?',
      'address-failing'
    )
    enabled: true
    severity: wake
    scopes: [frontDoor.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'failures'
          metricNamespace: 'Microsoft.Cdn/profiles'
          metricName: 'Percentage5XX'
          timeAggregation: 'Average'
          operator: 'GreaterThan'
          threshold: 2
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}

resource storeThrottled 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-store-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: told(
      'The store refused more than 100 requests in 15 minutes as too many.',
      'Slower answers.',
      'What fails, and since when?',
      'store-throttled'
    )
    enabled: true
    severity: morning
    scopes: [cosmos.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'refused'
          metricNamespace: 'Microsoft.DocumentDB/databaseAccounts'
          metricName: 'TotalRequests'
          dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 100
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}

// Money: told when most of it is gone, and when it will not last. Paragraph: budget. Unless said otherwise, most of it is
// just above what a thousand subscriptions cost (docs/cost.md; a check compares), so that it is quiet until more come.
var foreseen = 700 + (isZoneRedundant ? 100 : 0) + (isPrivate ? 900 : 0)

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: '${name}-budget'
  properties: {
    category: 'Cost'
    amount: monthlyBudget > 0 ? monthlyBudget : foreseen
    timeGrain: 'Monthly'
    timePeriod: { startDate: '${thisMonth}-01T00:00:00Z' }
    notifications: {
      spent: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [operators.id]
      }
      foreseen: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [operators.id]
      }
    }
  }
}

module diagnostics 'diagnostics.bicep' = {
  params: { name: name, account: account }
}

module views 'views.bicep' = {
  params: { name: name, location: location, tags: tags }
}
