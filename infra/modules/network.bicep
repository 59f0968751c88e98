// A network of our own, for environments whose stores are not to be reached over the internet. The services go out
// through it; each store has one door in it. The address that customers ask stays public, and so do logs and the portal.
import { services, storageAccountOf } from 'services.bicep'

param name string
@description('Required. Name of the Cosmos account.')
param account string
param location string
param tags { *: string }

// Five services of at most 320 instances together, an address each; and a door for each store.
var servicesRange = '10.20.0.0/23'
var doorsRange = '10.20.2.0/26'

var storage = 'Microsoft.Storage/storageAccounts'
var stores = concat(
  [
    {
      // A door leads to one store for life: another account has another one.
      door: account == name ? 'cosmos' : 'cosmos-${account}'
      type: 'Microsoft.DocumentDB/databaseAccounts'
      name: account
      part: 'Sql'
      zone: 0
    }
    { door: 'service-bus', type: 'Microsoft.ServiceBus/namespaces', name: name, part: 'namespace', zone: 1 }
    { door: 'key-vault', type: 'Microsoft.KeyVault/vaults', name: name, part: 'vault', zone: 2 }
  ],
  map(services, one => {
    door: 'storage-${one.name}'
    type: storage
    name: storageAccountOf(one.name, name)
    part: 'blob'
    zone: 3
  })
)
var zoneNames = [
  'privatelink.documents.azure.com'
  'privatelink.servicebus.windows.net'
  'privatelink.vaultcore.azure.net'
  'privatelink.blob.${environment().suffixes.storage}'
]

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [servicesRange, doorsRange] }
    subnets: [
      {
        name: 'services'
        properties: {
          addressPrefix: servicesRange
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      { name: 'doors', properties: { addressPrefix: doorsRange } }
    ]
  }

  resource services 'subnets' existing = {
    name: 'services'
  }

  resource doors 'subnets' existing = {
    name: 'doors'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource zonesInNetwork 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, i) in zoneNames: {
    parent: zones[i]
    name: name
    location: 'global'
    tags: tags
    properties: { virtualNetwork: { id: network.id }, registrationEnabled: false }
  }
]

resource doors 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for store in stores: {
    name: '${name}-${store.door}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::doors.id }
      privateLinkServiceConnections: [
        {
          name: store.door
          properties: { privateLinkServiceId: resourceId(store.type, store.name), groupIds: [store.part] }
        }
      ]
    }
  }
]

resource doorNames 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (store, i) in stores: {
    parent: doors[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: store.door, properties: { privateDnsZoneId: zones[store.zone].id } }]
    }
  }
]

output servicesSubnetId string = network::services.id
