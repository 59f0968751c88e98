import type { Resource } from '../bicep-compiler.ts'
import { add, app, type Break, remove } from './break.ts'
import { groups } from './given.ts'
import { rightsIn } from './rights.ts'
import { all, type World } from './world.ts'

const TABLE = 'who may what'
const UNSEEN = 'operators see no grants and no content'
const ON_AZURE = 'Microsoft.Authorization/roleAssignments'
const ON_COSMOS = 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments'
const role = (name: string) => `[roleDefinitions('${name}').id]`

/** The role assignment that reads so. */
function right(world: World, who: string, on: string): Resource {
  const index = rightsIn(world).findIndex((one) => one.who === who && one.on === on)
  const found = [...all(world, ON_AZURE), ...all(world, ON_COSMOS)][index]
  if (!found) throw new Error(`${who} has nothing on ${on}`)
  return found
}

const more = (world: World, who: string, on: string, change: (properties: Resource['properties']) => void) =>
  add(world, right(world, who, on), ({ properties }) => change(properties))

const onContainer = (properties: Resource['properties'], container: string) => {
  properties.scope = properties.scope.replace(/[^/]+$/, container)
}

/** Rights too many, too few and too wide. */
export const rightsBreaks: Break[] = [
  {
    breaks: 'licence-lookup may write subscriptions',
    seen: TABLE,
    make: (world) =>
      more(world, 'licence-lookup', 'container subscriptions', (its) => {
        its.roleDefinitionId = its.roleDefinitionId.replace(/1$/, '2')
      }),
  },
  {
    breaks: 'merge-send-queue may read subscriptions',
    seen: TABLE,
    make: (world) => more(world, 'merge-send-queue', 'container sending', (its) => onContainer(its, 'subscriptions')),
  },
  {
    breaks: 'seat-assignment may not handle the uses of seats',
    seen: TABLE,
    make: (world) => remove(world, right(world, 'seat-assignment', 'queue seat-uses')),
  },
  {
    breaks: 'licence-lookup may open the key that seals grants',
    seen: TABLE,
    make: (world) =>
      add(world, right(world, 'licence-lookup', 'secret proof-key'), (copy) => {
        copy.id = copy.id.replace('/proof-key', '/grant-keys')
      }),
  },
  {
    breaks: 'a service may write all items of the database',
    seen: TABLE,
    make: (world) => {
      const { properties } = right(world, 'seat-assignment', 'container directory')
      properties.scope = properties.scope.replace(/\/colls\/.*/, '')
    },
  },
  {
    breaks: 'somebody unknown may use a queue',
    seen: TABLE,
    make: (world) =>
      more(world, 'operators', 'all queues', (its) => {
        its.principalId = '00000000-0000-4000-8000-0000000000ff'
      }),
  },
  {
    breaks: 'a right of a service is given as if it were a person',
    seen: TABLE,
    make: (world) => {
      right(world, 'licence-lookup', 'queue seat-uses').properties.principalType = 'User'
    },
  },
  {
    breaks: 'operators read mailbox grants',
    seen: UNSEEN,
    make: (world) => more(world, 'operators', 'container sending', (its) => onContainer(its, 'mailbox-grants')),
  },
  {
    breaks: 'operators read who is signed in',
    seen: UNSEEN,
    make: (world) => more(world, 'operators', 'container sending', (its) => onContainer(its, 'sessions')),
  },
  {
    breaks: 'the look-up may sign people in',
    seen: 'one service makes sessions',
    make: (world) =>
      more(world, 'licence-lookup', 'container sessions', (its) => {
        its.roleDefinitionId = its.roleDefinitionId.replace(/1$/, '2')
      }),
  },
  {
    breaks: 'operators read what campaigns consist of',
    seen: UNSEEN,
    make: (world) =>
      more(world, 'merge-send-queue', 'storage account of merge-send-queue', (its) => {
        Object.assign(its, { principalId: groups.operators, principalType: 'Group' })
        its.roleDefinitionId = role('Storage Blob Data Reader')
      }),
  },
  {
    breaks: 'operators may do everything in the resource group',
    seen: UNSEEN,
    make: (world) =>
      more(world, 'operators', 'the resource group', (its) => {
        its.roleDefinitionId = role('Contributor')
      }),
  },
  {
    breaks: 'operators open secrets',
    seen: UNSEEN,
    make: (world) =>
      more(world, 'licence-lookup', 'secret proof-key', (its) => {
        Object.assign(its, { principalId: groups.operators, principalType: 'Group' })
      }),
  },
  {
    breaks: 'the group for emergencies may write items while all is well',
    seen: 'operators write no item',
    make: (world) =>
      more(world, 'seat-assignment', 'container subscriptions', (its) => {
        its.principalId = groups.breakGlass
      }),
  },
  {
    breaks: 'licence-lookup runs as purchase-webhooks',
    seen: 'an identity each',
    make: (world) => {
      app(world, 'licence-lookup').identity = structuredClone(app(world, 'purchase-webhooks').identity!)
    },
  },
  {
    breaks: 'two services share a storage account',
    seen: 'an identity each',
    make: (world) => {
      const config = (service: string) => app(world, service).properties.siteConfig
      const named = ({ name }: { name: string }) => name === 'AzureWebJobsStorage__accountName'
      config('licence-lookup').appSettings.find(named).value = config('purchase-webhooks').appSettings.find(named).value
    },
  },
]
