// Alerts on what the services log. A query answers with rows when somebody is to be told; it sees the time `of` before
// each look. Lines arrive some minutes late, so a rule about single ones sees more than lies between two looks.
import { morning, told, wake } from 'telling.bicep'

param name string
param location string
param tags { *: string }
param operators string

var tellings = [
  {
    name: 'look-up-failing'
    says: 'More than 2 % of the look-ups of 5 minutes failed.'
    noticed: 'New people and new assignments see a footer; all others keep their last proof for days.'
    look: 'What fails, and since when?'
    severity: wake
    every: 'PT5M'
    of: 'PT5M'
    query: loadTextContent('look-up-failing.kql')
  }
  {
    name: 'purchase-waiting'
    says: 'An event of the seller has waited for more than 15 minutes.'
    noticed: 'Somebody has paid and reads that it is being confirmed. Nobody loses a licence.'
    look: 'What stands in the way of purchases?'
    severity: wake
    every: 'PT5M'
    of: 'PT6H'
    query: loadTextContent('purchase-waiting.kql')
  }
  {
    name: 'purchase-parked'
    says: 'Something about a purchase was not understood and put aside.'
    noticed: 'Mostly nothing; somebody who has just bought may wait.'
    look: 'What was put aside?'
    severity: morning
    every: 'PT1H'
    of: 'PT2H'
    query: loadTextContent('purchase-parked.kql')
  }
  {
    name: 'purchases-mended'
    says: 'The nightly walk found something at the seller that no event had brought.'
    noticed: 'A change at Stripe came in the night instead of at once.'
    look: 'Which events of the seller came?'
    severity: morning
    every: 'PT1H'
    of: 'PT2H'
    query: loadTextContent('purchases-mended.kql')
  }
  {
    name: 'events-refused'
    says: 'More than 20 events of one hour were refused.'
    noticed: 'Nothing, or purchases that come in the night only.'
    look: 'Which events of the seller came?'
    severity: morning
    every: 'PT15M'
    of: 'PT1H'
    query: loadTextContent('events-refused.kql')
  }
  {
    name: 'purchases-quiet'
    says: 'For two days no event of the seller came, or no walk was made.'
    noticed: 'Nothing yet.'
    look: 'Which events of the seller came?'
    severity: morning
    every: 'PT6H'
    // Azure looks no further back.
    of: 'P2D'
    query: loadTextContent('purchases-quiet.kql')
  }
  {
    name: 'sent-while-stopped'
    says: 'A mail was sent although sending is stopped.'
    noticed: 'Mails that you meant to stop go out.'
    look: 'What does sending do?'
    severity: wake
    every: 'PT5M'
    of: 'PT15M'
    query: loadTextContent('sent-while-stopped.kql')
  }
  {
    name: 'store-restored'
    says: 'The store has forgotten mails that were sent, and all sending has stopped.'
    noticed: 'All campaigns stand still.'
    look: 'What does sending do?'
    severity: wake
    every: 'PT5M'
    of: 'PT15M'
    query: loadTextContent('store-restored.kql')
  }
  {
    name: 'grant-foreign'
    says: 'A mailbox grant opens to what is not its own.'
    noticed: 'A sender is asked to sign in again.'
    look: 'What does sending do?'
    severity: wake
    every: 'PT5M'
    of: 'PT15M'
    query: loadTextContent('grant-foreign.kql')
  }
  {
    name: 'mailboxes-waiting'
    says: 'For 15 minutes several mailboxes have been woken again and again, and were not served.'
    noticed: 'Campaigns go slowly, or stand still.'
    look: 'What does sending do?'
    severity: wake
    every: 'PT5M'
    of: 'PT30M'
    query: loadTextContent('mailboxes-waiting.kql')
  }
  {
    name: 'campaign-stalled'
    says: 'A campaign that should be sending has sent nothing for an hour.'
    noticed: 'One campaign stands still.'
    look: 'What happened to this campaign?'
    severity: morning
    every: 'PT1H'
    of: 'PT2H'
    query: loadTextContent('campaign-stalled.kql')
  }
  {
    name: 'sign-in-failing'
    says: 'More sign-ins on the web page failed for want of Microsoft, or of us, than ended well.'
    noticed: 'Nobody comes in on the page; who is signed in, and add-ins, notice nothing.'
    look: 'What fails, and since when?'
    severity: morning, every: 'PT15M', of: 'PT30M'
    query: loadTextContent('sign-in-failing.kql')
  }
  {
    name: 'break-glass'
    says: 'Somebody gave himself more rights, or changed a store, by hand.'
    noticed: 'Nothing.'
    look: 'Who changed what in Azure?'
    severity: wake
    every: 'PT5M'
    of: 'PT30M'
    query: loadTextContent('break-glass.kql')
  }
  {
    name: 'app-changed'
    says: 'A setting or the package of a service was changed by hand.'
    noticed: 'Nothing, or what a disabled function no longer does.'
    look: 'Who changed what in Azure?'
    severity: wake
    every: 'PT5M'
    of: 'PT30M'
    query: loadTextContent('app-changed.kql')
  }
  {
    name: 'alerts-changed'
    says: 'Somebody changed or silenced an alert, or who is told, by hand.'
    noticed: 'Nothing.'
    look: 'Who changed what in Azure?'
    severity: wake
    every: 'PT5M'
    of: 'PT30M'
    query: loadTextContent('alerts-changed.kql')
  }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: name
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in tellings: {
    name: '${name}-${one.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: told(one.says, one.noticed, one.look, one.name)
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
            // What a deployment changes is not by hand.
            query: contains(one.query, '{deployer}')
              ? replace(replace(one.query, '{deployer}', deployer().objectId), '{group}', resourceGroup().name)
              : one.query
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
