// Who may what. Every role assignment of the system stands on this page.
param name string
param operatorsGroupId string
param identities { service: string, principalId: string, storageAccount: string }[]

var names = loadJsonContent('../../shared/names.json')

// What shared/names.json says of a service, and what that gives it:
//
//   reads     Cosmos data reader       on the container
//   writes    Cosmos data contributor  on the container
//   sends     Service Bus sender       on the queue
//   handles   Service Bus owner        on the queue: fast scaling needs Manage, which no lesser role has
//
// Beside that, each service: owner of the blobs in its own storage account, and publisher of its metrics and logs.
var containerRights = flatten(map(identities, one => concat(
  map(names.services[one.service].reads, it => { who: one.principalId, container: it, role: cosmosReader }),
  map(names.services[one.service].writes, it => { who: one.principalId, container: it, role: cosmosContributor })
)))
var queueRights = flatten(map(identities, one => concat(
  map(names.services[one.service].sends, it => { who: one.principalId, queue: it, role: busSender }),
  map(names.services[one.service].handles, it => { who: one.principalId, queue: it, role: busOwner })
)))

// Each secret: one service.
var secretRights = map(
  filter(identities, one => one.service == 'licence-lookup'),
  one => { who: one.principalId, secret: 'proof-key' }
)

// Roles of Cosmos DB itself.
var cosmosReader = '00000000-0000-0000-0000-000000000001'
var cosmosContributor = '00000000-0000-0000-0000-000000000002'

// Roles of Azure.
func role(id string) string => subscriptionResourceId('Microsoft.Authorization/roleDefinitions', id)

var busSender = role('69a216fc-b8fb-44d8-bc22-1f3c2cd27a39') // Azure Service Bus Data Sender
var busOwner = role('090c5cfd-751d-490a-894a-3ce6f1109419') // Azure Service Bus Data Owner
var blobOwner = role('b7e6dc6d-f1e8-4753-8033-0f276bb0955b') // Storage Blob Data Owner
var secretReader = role('4633458b-17de-408a-b874-0445c86b69e6') // Key Vault Secrets User
var publisher = role('3913510d-42f4-4e42-8a64-420c390055eb') // Monitoring Metrics Publisher
var reader = role('acdd72a7-3385-48ef-bd42-f606fba81ae7') // Reader
var logReader = role('73c42c96-874c-492b-b04d-ab87d138a893') // Log Analytics Reader

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: name
}

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: name
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [
  for one in queueRights: {
    parent: bus
    name: one.queue
  }
]

resource keys 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: name
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = [
  for one in secretRights: {
    parent: keys
    name: one.secret
  }
]

resource storages 'Microsoft.Storage/storageAccounts@2025-01-01' existing = [
  for one in identities: {
    name: one.storageAccount
  }
]

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: name
}

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: name
}

// Services

resource useContainers 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for one in containerRights: {
    parent: cosmos
    name: guid(cosmos.id, one.container, one.who, one.role)
    properties: {
      principalId: one.who
      roleDefinitionId: '${cosmos.id}/sqlRoleDefinitions/${one.role}'
      scope: '${cosmos.id}/dbs/${names.database}/colls/${one.container}'
    }
  }
]

resource useQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in queueRights: {
    scope: queues[i]
    name: guid(bus.id, one.queue, one.who, one.role)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: one.role }
  }
]

resource readSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in secretRights: {
    scope: secrets[i]
    name: guid(keys.id, one.secret, one.who, secretReader)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: secretReader }
  }
]

resource useOwnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in identities: {
    scope: storages[i]
    name: guid(storages[i].id, one.principalId, blobOwner)
    properties: { principalId: one.principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobOwner }
  }
]

resource tell 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for one in identities: {
    scope: insights
    name: guid(insights.id, one.principalId, publisher)
    properties: { principalId: one.principalId, principalType: 'ServicePrincipal', roleDefinitionId: publisher }
  }
]

// Operators: they see everything and write nothing in a store. They act by a message (docs/operations.md).

resource seeResources 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, operatorsGroupId, reader)
  properties: { principalId: operatorsGroupId, principalType: 'Group', roleDefinitionId: reader }
}

resource seeItems 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for container in objectKeys(names.containers): {
    parent: cosmos
    name: guid(cosmos.id, container, operatorsGroupId, cosmosReader)
    properties: {
      principalId: operatorsGroupId
      roleDefinitionId: '${cosmos.id}/sqlRoleDefinitions/${cosmosReader}'
      scope: '${cosmos.id}/dbs/${names.database}/colls/${container}'
    }
  }
]

resource useAllQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: bus
  name: guid(bus.id, operatorsGroupId, busOwner)
  properties: { principalId: operatorsGroupId, principalType: 'Group', roleDefinitionId: busOwner }
}

resource seeLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: logs
  name: guid(logs.id, operatorsGroupId, logReader)
  properties: { principalId: operatorsGroupId, principalType: 'Group', roleDefinitionId: logReader }
}
