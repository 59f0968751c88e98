// What tells somebody. Each alert has a paragraph of its own name in docs/operations.md.
param name string
param location string
param tags { *: string }
param address string

var names = loadJsonContent('../../shared/names.json')
var page = 'docs/operations.md#'

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: name
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: name
}

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: name
}

resource frontDoor 'Microsoft.Cdn/profiles@2025-04-15' existing = {
  name: name
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${name}-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'operators'
    emailReceivers: [{ name: 'operators', emailAddress: address, useCommonAlertSchema: true }]
  }
}

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for queue in objectKeys(names.queues): {
    name: '${name}-dead-letters-${queue}'
    location: 'global'
    tags: tags
    properties: {
      description: 'A message of queue ${queue} was set aside: its handler failed each time. ${page}dead-letters'
      enabled: true
      severity: 2
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

resource lookUpFailing 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-look-up-failing'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    description: 'More than 2 % of the look-ups of 5 minutes failed. ${page}look-up-failing'
    enabled: true
    severity: 1
    scopes: [logs.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    // The tables exist from the first request on; this rule is there before.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: loadTextContent('look-up-failing.kql')
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: [operators.id] }
  }
}

// A service that is down tells nothing to the logs; the address in front of it does.
resource addressFailing 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-address-failing'
  location: 'global'
  tags: tags
  properties: {
    description: 'More than 2 % of the answers of 5 minutes were failures. ${page}address-failing'
    enabled: true
    severity: 1
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
    description: 'The store refused more than 100 requests in 15 minutes as too many. ${page}store-throttled'
    enabled: true
    severity: 3
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
