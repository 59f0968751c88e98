// What is looked at: a query for each question that people ask, and the picture of the day.
param name string
param location string
param tags { *: string }

var queries = [
  { title: 'What did my command do?', text: loadTextContent('../queries/command.kql') }
  { title: 'What happened to this request?', text: loadTextContent('../queries/request.kql') }
  { title: 'What happened to this account?', text: loadTextContent('../queries/account.kql') }
  { title: 'What happened to this subscription?', text: loadTextContent('../queries/subscription.kql') }
  { title: 'What happened to this purchase event?', text: loadTextContent('../queries/event.kql') }
  { title: 'What happened to this campaign?', text: loadTextContent('../queries/campaign.kql') }
  { title: 'What fails, and since when?', text: loadTextContent('../queries/failing.kql') }
  { title: 'What stands in the way of purchases?', text: loadTextContent('../queries/purchases-held.kql') }
  { title: 'What was put aside?', text: loadTextContent('../queries/parked.kql') }
  { title: 'Which events of the seller came?', text: loadTextContent('../queries/events.kql') }
  { title: 'What does sending do?', text: loadTextContent('../queries/sending.kql') }
  { title: 'Which switches were set?', text: loadTextContent('../queries/switches.kql') }
  { title: 'Which version runs?', text: loadTextContent('../queries/versions.kql') }
  { title: 'Who changed what in Azure?', text: loadTextContent('../queries/changes.kql') }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: name
}

resource pack 'Microsoft.OperationalInsights/queryPacks@2019-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {}
}

resource saved 'Microsoft.OperationalInsights/queryPacks/queries@2019-09-01' = [
  for query in queries: {
    parent: pack
    name: guid(name, query.title)
    properties: {
      displayName: query.title
      body: query.text
      related: { categories: ['applications'], resourceTypes: ['microsoft.operationalinsights/workspaces'] }
    }
  }
]

resource day 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'day')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'The day'
    category: 'workbook'
    sourceId: logs.id
    serializedData: loadTextContent('../workbook.json')
  }
}
