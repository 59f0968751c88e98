// Who may what. Every role assignment of the system stands on this page, but for one on apps (access-to-apps.bicep).
import { sender, storageAccountOf } from 'services.bicep'

param name string
@description('Required. Name of the Cosmos account.')
param account string
param operatorsGroupId string
param breakGlassGroupId string
param hasPreviousSecret bool
param identities { service: string, who: string }[]

// What a service reads, writes, sends and handles is said once, in shared/names.json.
var names = loadJsonContent('../../shared/names.json')
var reads = flatten(map(identities, one => map(names.services[one.service].reads, it => { who: one.who, on: it, writes: false })))
var writes = flatten(map(identities, one => map(names.services[one.service].writes, it => { who: one.who, on: it, writes: true })))
var sends = flatten(map(identities, one => map(names.services[one.service].sends, it => { who: one.who, on: it })))
var handles = flatten(map(identities, one => map(names.services[one.service].handles, it => { who: one.who, on: it })))

// Tokens, though sealed, and who is signed in: nobody has to see them.
var unseen = ['mailbox-grants', 'sessions']

// A secret is read by one service.
var secretsOf = {
  'licence-lookup': ['proof-key']
  'purchase-webhooks': concat(
    ['stripe-key', 'stripe-webhook-secret'],
    // Where there is none, there is nothing to give a right on.
    hasPreviousSecret ? ['stripe-previous-secret'] : []
  )
  'merge-send-queue': ['grant-keys']
}
var opens = flatten(map(identities, one => map(secretsOf[?one.service] ?? [], it => { who: one.who, on: it })))

// Roles of Cosmos DB itself, and of Azure.
var cosmosReader = '${cosmos.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001'
var cosmosContributor = '${cosmos.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002'
var busSender = roleDefinitions('Azure Service Bus Data Sender').id
var busOwner = roleDefinitions('Azure Service Bus Data Owner').id
var blobOwner = roleDefinitions('Storage Blob Data Owner').id
var blobContributor = roleDefinitions('Storage Blob Data Contributor').id
var secretsUser = roleDefinitions('Key Vault Secrets User').id
var metricsPublisher = roleDefinitions('Monitoring Metrics Publisher').id
var logReader = roleDefinitions('Log Analytics Reader').id
var accountContributor = roleDefinitions('DocumentDB Account Contributor').id

// Services: containers

resource useContainers 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for one in concat(reads, writes): {
    parent: cosmos
    name: guid(cosmos.id, one.on, one.who, one.writes ? cosmosContributor : cosmosReader)
    properties: {
      principalId: one.who
      roleDefinitionId: one.writes ? cosmosContributor : cosmosReader
      scope: '${cosmos.id}/dbs/${names.database}/colls/${one.on}'
    }
  }
]

// Services: queues

resource sendToQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in sends: {
    scope: sentTo[i]
    name: guid(bus.id, one.on, one.who, busSender)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: busSender }
  }
]

// Owner of the queue: scaling fast needs to see its length, and no lesser role of data may.
resource handleQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in handles: {
    scope: handled[i]
    name: guid(bus.id, one.on, one.who, busOwner)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: busOwner }
  }
]

// Services: what only one of them may

resource useOwnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in identities: {
    scope: storages[i]
    name: guid(storages[i].id, one.who, blobOwner)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: blobOwner }
  }
]

// Said for itself, although the right above, which the host needs, covers it.
resource keepContent 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for one in filter(identities, one => one.service == sender): {
    scope: content
    name: guid(content.id, one.who, blobContributor)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: blobContributor }
  }
]

resource openSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (one, i) in opens: {
    scope: secrets[i]
    name: guid(keys.id, one.on, one.who, secretsUser)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: secretsUser }
  }
]

// Services: what each may

resource tellMetrics 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for one in identities: {
    scope: insights
    name: guid(insights.id, one.who, metricsPublisher)
    properties: { principalId: one.who, principalType: 'ServicePrincipal', roleDefinitionId: metricsPublisher }
  }
]

// Operators see everything but secrets, mailbox grants, content and packages, and write nothing in a store: they act by
// a message.

// The second is to silence an alert for a night, and to mend one.
resource seeResources 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in ['Reader', 'Monitoring Contributor']: {
    name: guid(resourceGroup().id, operatorsGroupId, roleDefinitions(role).id)
    properties: { principalId: operatorsGroupId, principalType: 'Group', roleDefinitionId: roleDefinitions(role).id }
  }
]

resource seeItems 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for container in filter(objectKeys(names.containers), it => !contains(unseen, it)): {
    parent: cosmos
    name: guid(cosmos.id, container, operatorsGroupId, cosmosReader)
    properties: {
      principalId: operatorsGroupId
      roleDefinitionId: cosmosReader
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

// In an emergency items are mended by hand. Who is in this group first gives himself the right to write: that rings.
resource breakGlass 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: cosmos
  name: guid(cosmos.id, breakGlassGroupId, accountContributor)
  properties: { principalId: breakGlassGroupId, principalType: 'Group', roleDefinitionId: accountContributor }
}

// What the rights are on

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = { name: account }

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = { name: name }

resource sentTo 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [
  for one in sends: {
    parent: bus
    name: one.on
  }
]

resource handled 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [
  for one in handles: {
    parent: bus
    name: one.on
  }
]

resource storages 'Microsoft.Storage/storageAccounts@2025-01-01' existing = [
  for one in identities: {
    name: storageAccountOf(one.service, name)
  }
]

resource content 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  name: '${storageAccountOf(sender, name)}/default/content'
}

resource keys 'Microsoft.KeyVault/vaults@2024-11-01' existing = { name: name }

resource secrets 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = [
  for one in opens: {
    parent: keys
    name: one.on
  }
]

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: name }

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = { name: name }
