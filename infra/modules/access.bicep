// Who may what. Every role assignment of the system stands on this page.
param cosmosAccount string
param serviceBusNamespace string
param vault string
param workspace string
param applicationInsights string
param operatorsGroupId string
param identities { service: string, principalId: string, storageAccount: string }[]

var names = loadJsonContent('../../shared/names.json')

// What shared/names.json says of a service, and what that gives it:
//   reads     Cosmos data reader       on the container
//   writes    Cosmos data contributor  on the container
//   sends     Service Bus sender       on the queue
//   handles   Service Bus owner        on the queue: fast scaling needs Manage, which no lesser role has
var containerRights = flatten(map(identities, one => concat(
  map(names.services[one.service].reads, container => { who: one.principalId, container: container, role: cosmosReader }),
  map(names.services[one.service].writes, container => { who: one.principalId, container: container, role: cosmosContributor })
)))
var queueRights = flatten(map(identities, one => concat(
  map(names.services[one.service].sends, queue => { who: one.principalId, queue: queue, role: sender }),
  map(names.services[one.service].handles, queue => { who: one.principalId, queue: queue, role: owner })
)))

// Secrets, each for one service.
var secretRights = [{ secret: 'proof-key', service: 'licence-lookup' }]

var cosmosReader = '00000000-0000-0000-0000-000000000001'
var cosmosContributor = '00000000-0000-0000-0000-000000000002'
var sender = roleDefinitions('Azure Service Bus Data Sender').id
var owner = roleDefinitions('Azure Service Bus Data Owner').id
