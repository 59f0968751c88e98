import { app, type Break, remove, the } from './break.ts'

const LINKS = 'nothing leads nowhere'
const NETWORK = 'doors in the network'

const gone = (breaks: string, seen: string, type: string, end?: string): Break => ({
  ...{ breaks, seen },
  make: (world) => remove(world, the(world, type, end)),
})

/** What names what is not there, and doors that lead nowhere. */
export const linksBreaks: Break[] = [
  gone('the account of a service is missing', LINKS, 'Microsoft.Storage/storageAccounts'),
  gone('the address has no domain', LINKS, 'Microsoft.Cdn/profiles/customDomains'),
  gone('containers stand in no database', LINKS, 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases'),
  gone('the plan of an app is missing', LINKS, 'Microsoft.Web/serverfarms', 'seat-assignment'),
  gone('news of secrets come from nowhere', LINKS, 'Microsoft.EventGrid/systemTopics'),
  gone('the queries of operators stand in no pack', LINKS, 'Microsoft.OperationalInsights/queryPacks'),
  {
    breaks: 'logs go to another workspace',
    seen: LINKS,
    make: (world) => {
      the(world, 'Microsoft.Insights/components').properties.WorkspaceResourceId = '/subscriptions/x/another'
    },
  },
  {
    breaks: 'the account before the restore is watched',
    seen: 'one account',
    make: (world) => {
      the(world, 'Microsoft.Insights/metricAlerts', 'store-throttled').properties.scopes = [
        '/subscriptions/x/resourceGroups/y/providers/Microsoft.DocumentDB/databaseAccounts/before',
      ]
    },
  },
  gone(
    'an app has no place for its package',
    'a place for each package',
    'Microsoft.Storage/storageAccounts/blobServices/containers',
    '/packages',
  ),
  {
    breaks: 'an app takes the package of another one',
    seen: 'a place for each package',
    make: (world) => {
      const storage = (service: string) => app(world, service).properties.functionAppConfig.deployment.storage
      storage('licence-lookup').value = storage('purchase-webhooks').value
    },
  },
  gone(
    'the name of a store leads past its door',
    NETWORK,
    'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
    '-cosmos/default',
  ),
  gone(
    'nobody in the network knows the names of stores',
    NETWORK,
    'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
  ),
  {
    breaks: 'a door leads to another part of a store',
    seen: NETWORK,
    make: (world) => {
      const door = the(world, 'Microsoft.Network/privateEndpoints', '-storage-merge-send-queue')
      door.properties.privateLinkServiceConnections[0].properties.groupIds = ['table']
    },
  },
  {
    breaks: 'services cannot stand where they are to stand',
    seen: NETWORK,
    make: (world) => {
      for (const subnet of the(world, 'Microsoft.Network/virtualNetworks').properties.subnets) {
        delete subnet.properties.delegations
      }
    },
  },
]
