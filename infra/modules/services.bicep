// The services, each a Function App. Their routes, containers and queues: shared/names.json.

// A maximum of instances limits no rate. What may burden the seller is held by the six sessions of queue `purchases`,
// over all instances; one instance can serve all six (host.json, which all services share: it tells nothing to one
// without sessions). The pace of mails is held by each mailbox's item in the store. Always ready is what is not to wait
// for a start after a quiet hour: calls, or one function. Messages at once are those of one instance: a turn of a mailbox
// mostly waits (E6), so one instance takes many; what the others do costs, and host.json says how many they take.
// The longest body: the host holds all of one before the service sees it, and would take 100 MB. A list of 100,000 rows
// travels packed, in at most 30 MB (shared/http/contracts/campaigns.ts); the one beyond lets our own refusal be heard.
@export()
@description('How each of them runs.')
var services = [
  { name: 'licence-lookup', memoryMB: 2048, maximumInstances: 100, alwaysReady: ['http'] }
  { name: 'seat-assignment', memoryMB: 2048, maximumInstances: 40, alwaysReady: [] }
  { name: 'purchase-webhooks', memoryMB: 2048, maximumInstances: 40, alwaysReady: ['http'] }
  {
    name: 'merge-send-queue'
    memoryMB: 2048
    maximumInstances: 100
    alwaysReady: ['function:take_turn']
    messagesAtOnce: 100
    longestBodyMB: 31
  }
  { name: 'licence-portal', memoryMB: 2048, maximumInstances: 40, alwaysReady: [] }
]

@export()
@description('The one that keeps what campaigns consist of, beside its package.')
var sender = 'merge-send-queue'

@export()
@description('Name of the storage account of a service: short, and without hyphens.')
func storageAccountOf(service string, name string) string =>
  '${take(replace(service, '-', ''), 11)}${uniqueString(name)}'
