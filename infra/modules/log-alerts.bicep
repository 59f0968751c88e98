// Alerts on what the services log. A query answers with rows when somebody is to be told; it sees the time `of` before
// each look. Lines arrive some minutes late, so a rule about single ones sees more than lies between two looks.
param name string
param location string
param tags { *: string }
param operators string

@export()
@description('Severity of what somebody gets up for.')
var wake = 1

@export()
@description('Severity of what is read in the morning.')
var morning = 3

var page = 'docs/operations.md#'
var tellings = [
  {
    name: 'look-up-failing'
    says: 'More than 2 % of the look-ups of 5 minutes failed.'
    severity: wake
    every: 'PT5M'
    of: 'PT5M'
    query: loadTextContent('look-up-failing.kql')
  }
  {
    name: 'purchase-waiting'
    says: 'An event of the seller has waited for more than 15 minutes.'
    severity: wake
    every: 'PT5M'
    of: 'PT6H'
    query: loadTextContent('purchase-waiting.kql')
  }
  {
    name: 'purchase-parked'
    says: 'Something about a purchase was not understood and put aside.'
    severity: morning
    every: 'PT1H'
    of: 'PT2H'
    query: loadTextContent('purchase-parked.kql')
  }
  {
    name: 'purchases-mended'
    says: 'The nightly walk found something at the seller that no event had brought.'
    severity: morning
    every: 'PT1H'
    of: 'PT2H'
    query: loadTextContent('purchases-mended.kql')
  }
  {
    name: 'events-refused'
    says: 'More than 20 events of one hour were refused.'
    severity: morning
    every: 'PT15M'
    of: 'PT1H'
    query: loadTextContent('events-refused.kql')
  }
  {
    name: 'purchases-quiet'
    says: 'For two days no event of the seller came, or no walk was made.'
    severity: morning
    every: 'PT6H'
    // Azure looks no further back.
    of: 'P2D'
    query: loadTextContent('purchases-quiet.kql')
  }
  {
    name: 'sent-while-stopped'
    says: 'A mail was sent although sending is stopped.'
    severity: wake
    every: 'PT5M'
    of: 'PT15M'
    query: loadTextContent('sent-while-stopped.kql')
  }
  {
    name: 'store-restored'
    says: 'The store has forgotten mails that were sent, and all sending has stopped.'
    severity: wake
    every: 'PT5M'
    of: 'PT15M'
    query: loadTextContent('store-restored.kql')
  }
  {
    name: 'grant-foreign'
    says: 'A mailbox grant opens to what is not its own.'
    severity: wake
    every: 'PT5M'
    of: 'PT15M'
    query: loadTextContent('grant-foreign.kql')
  }
  {
    name: 'mailboxes-waiting'
    says: 'For 15 minutes several mailboxes have been woken again and again, and were not served.'
    severity: wake
    every: 'PT5M'
    of: 'PT30M'
    query: loadTextContent('mailboxes-waiting.kql')
  }
  {
    name: 'campaign-stalled'
    says: 'A campaign that should be sending has sent nothing for an hour.'
    severity: morning
    every: 'PT1H'
    of: 'PT2H'
    query: loadTextContent('campaign-stalled.kql')
  }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: name
}

resource told 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in tellings: {
    name: '${name}-${one.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: '${one.says} ${page}${one.name}'
      enabled: true
      severity: one.severity
      scopes: [logs.id]
      evaluationFrequency: one.every
      windowSize: one.of
      // The tables exist from the first request on; these rules are there before.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: one.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: [operators] }
    }
  }
]
