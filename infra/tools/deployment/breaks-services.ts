import { app, type Break, remove, set, the } from './break.ts'
import { all, last, type World } from './world.ts'

const READ = 'settings that are read are given'
const GIVEN = 'settings that are given are read'
const BODY = 'the longest body'
const BODY_LIMIT = 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'
const VAULT = 'secrets only from the vault'
const CONTAINER = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers'
const QUEUE = 'Microsoft.ServiceBus/namespaces/queues'

const setting = (breaks: string, seen: string, service: string, name: string, value?: string): Break => ({
  ...{ breaks, seen },
  make: (world) => set(world, service, name, value),
})

const container = (breaks: string, name: string, change: (resource: Record<string, unknown>) => void): Break => ({
  ...{ breaks, seen: 'containers' },
  make: (world) => change(the(world, CONTAINER, `/${name}`).properties.resource),
})

const ready = (world: World, service: string) => app(world, service).properties.functionAppConfig.scaleAndConcurrency

/** What a service is told, what it keeps its things in, and how it runs. */
export const servicesBreaks: Break[] = [
  setting('a service does not know its store', READ, 'seat-assignment', 'COSMOS_ENDPOINT'),
  setting('a service does not know who it is', READ, 'licence-lookup', 'AZURE_CLIENT_ID'),
  setting('old and next proof keys are not published', READ, 'licence-lookup', 'PROOF_OTHER_KEYS'),
  setting('half of the lock of the address is missing', READ, 'purchase-webhooks', 'FRONT_DOOR_ID'),
  setting('a stand-in is trusted in Azure', READ, 'merge-send-queue', 'STAND_INS', 'on'),
  setting('a store is opened by a key', READ, 'licence-lookup', 'COSMOS_KEY', 'a2V5'),
  {
    breaks: 'add-in and portal have changed places',
    seen: READ,
    make: (world) => {
      set(world, 'licence-lookup', 'ADD_IN_CLIENT_ID', String(world.given.parameters.portalClientId))
      set(world, 'licence-lookup', 'PORTAL_CLIENT_ID', String(world.given.parameters.addInClientId))
    },
  },
  setting('links lead to another address', READ, 'seat-assignment', 'PUBLIC_ORIGIN', 'https://another.example.com'),
  setting('a setting is given that no code reads', GIVEN, 'seat-assignment', 'OLD_SETTING', 'x'),
  setting('a service is told what another one reads', GIVEN, 'seat-assignment', 'PROOF_OTHER_KEYS', '[]'),
  setting('the host cannot see the queues', 'settings of the host', 'merge-send-queue', 'SERVICE_BUS__credential'),
  setting(
    'a service without queues is told how to watch them',
    'settings of the host',
    'licence-lookup',
    'SERVICE_BUS__credential',
    'managedidentity',
  ),
  setting('a long list is refused by the host', BODY, 'merge-send-queue', BODY_LIMIT, '20000000'),
  setting('the host holds bodies that we refuse', BODY, 'merge-send-queue', BODY_LIMIT),
  setting('a service without long bodies takes long ones', BODY, 'licence-lookup', BODY_LIMIT, '104857600'),
  setting('a secret stands in a setting', VAULT, 'purchase-webhooks', 'STRIPE_KEY', "[parameters('stripeKey')]"),
  setting(
    'the host opens its storage by a key',
    VAULT,
    'purchase-webhooks',
    'AzureWebJobsStorage',
    'AccountName=a;AccountKey=k',
  ),
  setting(
    'a service is given a secret of another one',
    VAULT,
    'licence-lookup',
    'PROOF_KEY',
    "[reference('keyVault').outputs.references.value['grant-keys']]",
  ),
  {
    breaks: 'a container is not called as in the code',
    seen: 'containers',
    make: (world) => {
      const found = the(world, CONTAINER, '/purchases')
      found.name = found.name.replace(/purchases$/, 'purchase-events')
      found.properties.resource.id = 'purchase-events'
    },
  },
  {
    breaks: 'a container is missing',
    seen: 'containers',
    make: (world) => remove(world, the(world, CONTAINER, '/operations')),
  },
  container('a container is cut by another key', 'sending', (its) => {
    its.partitionKey = { paths: ['/campaignId'], kind: 'Hash', version: 2 }
  }),
  container('a container forgets nothing', 'directory', (its) => {
    delete its.defaultTtl
  }),
  container('what is queried is not indexed', 'purchases', (its) => {
    const policy = its.indexingPolicy as { includedPaths: { path: string }[] }
    policy.includedPaths = policy.includedPaths.filter(({ path }) => path !== '/due/?')
  }),
  { breaks: 'a queue is missing', seen: 'queues', make: (world) => remove(world, the(world, QUEUE, '/ticks')) },
  {
    breaks: 'a queue is not called as in the code',
    seen: 'queues',
    make: (world) => {
      const found = the(world, QUEUE, '/seat-uses')
      found.name = found.name.replace('seat-uses', 'seat-used')
    },
  },
  {
    breaks: 'purchases come without sessions',
    seen: 'queues',
    make: (world) => Object.assign(the(world, QUEUE, '/purchases').properties, { requiresSession: false }),
  },
  {
    breaks: 'commands live for days',
    seen: 'queues',
    make: (world) =>
      Object.assign(the(world, QUEUE, 'seat-assignment-commands').properties, { defaultMessageTimeToLive: 'PT86400S' }),
  },
  {
    breaks: 'code listens to a queue that is not its own',
    seen: 'triggers',
    make: ({ code }) => {
      code['seat-assignment']!.find(({ queue }) => queue === 'seat-uses')!.queue = 'ticks'
    },
  },
  {
    breaks: 'a service is missing from the table',
    seen: 'an app for each service',
    make: (world) => remove(world, app(world, 'seat-assignment')),
  },
  {
    breaks: 'a folder of code has no app',
    seen: 'an app for each service',
    make: ({ code }) => {
      code['another-service'] = []
    },
  },
  {
    breaks: 'two apps share a plan',
    seen: 'an app for each service',
    make: (world) => {
      app(world, 'licence-lookup').properties.serverFarmId = app(world, 'seat-assignment').properties.serverFarmId
    },
  },
  {
    breaks: 'an app runs on another Node',
    seen: 'runtime',
    make: (world) =>
      Object.assign(app(world, 'licence-lookup').properties.functionAppConfig.runtime, { version: '20' }),
  },
  {
    breaks: 'the next mail waits for a start',
    seen: 'always ready',
    make: (world) => Object.assign(ready(world, 'merge-send-queue'), { alwaysReady: [] }),
  },
  {
    breaks: 'what is kept ready is not there',
    seen: 'always ready',
    make: (world) => Object.assign(ready(world, 'merge-send-queue').alwaysReady[0], { name: 'function:take-turn' }),
  },
  {
    breaks: 'a function that the portal cannot disable',
    seen: 'functions can be disabled',
    make: ({ code }) => {
      code['merge-send-queue']!.push({ name: 'sweep-mailboxes' })
    },
  },
  {
    breaks: 'a plan in one data centre, where several are asked for',
    seen: 'several data centres',
    make: (world) => {
      for (const plan of all(world, 'Microsoft.Web/serverfarms')) plan.properties.zoneRedundant = false
    },
  },
  {
    breaks: 'packages in one data centre, where several are asked for',
    seen: 'several data centres',
    make: (world) => {
      const account = the(world, 'Microsoft.Storage/storageAccounts')
      if (last(account.name)) account.sku = { name: 'Standard_LRS' }
    },
  },
]
