// The queues that wake handlers. Messages carry ids only.
param name string
param location string
param tags { *: string }
param isPrivate bool

var names = loadJsonContent('../../shared/names.json')

// Only the dear one can be taken off the internet.
var sku = isPrivate ? { name: 'Premium', tier: 'Premium', capacity: 1 } : { name: 'Standard', tier: 'Standard' }

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: sku
  properties: {
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [
  for queue in items(names.queues): {
    parent: bus
    name: queue.key
    properties: {
      // Only at its making can a queue be given sessions.
      requiresSession: queue.value.?sessions ?? false
      lockDuration: 'PT${queue.value.lockSeconds}S'
      maxDeliveryCount: queue.value.maxDeliveryCount
      defaultMessageTimeToLive: 'PT${queue.value.timeToLiveSeconds}S'
      // Dead letters are for our own bugs. A message that nobody needed in time is gone.
      deadLetteringOnMessageExpiration: false
    }
  }
]

output host string = '${bus.name}.servicebus.windows.net'
