import type { Resource } from '../bicep-compiler.ts'
import { type Check, deviations, differences } from './check.ts'
import { all, last, serviceOf, settingsGiven, type World } from './world.ts'

/** Ids of what is not deployed here: roles that are built in, and modules. */
const ELSEWHERE = /\/(sqlRoleDefinitions|Microsoft\.Resources\/deployments)\//i
/** Which part of a store a door leads to, and the zone that names it. */
const DOORS: Record<string, { part: string; zone: RegExp }> = {
  'Microsoft.DocumentDB/databaseAccounts': { part: 'Sql', zone: /privatelink\.documents\.azure\.com/ },
  'Microsoft.ServiceBus/namespaces': { part: 'namespace', zone: /privatelink\.servicebus\.windows\.net/ },
  'Microsoft.KeyVault/vaults': { part: 'vault', zone: /privatelink\.vaultcore\.azure\.net/ },
  'Microsoft.Storage/storageAccounts': { part: 'blob', zone: /privatelink\.blob\./ },
}

/** That what is named is there, and that each thing is named by what needs it. */
export const linksChecks: Check[] = [
  {
    name: 'nothing leads nowhere',
    protects: 'Whatever a resource names or stands in is deployed too: no half of anything.',
    find: (world) => {
      const there = new Set(idsIn(world))
      return world.resources.flatMap((one) => [
        ...missing(one, there).map((id) => `${one.type} ${shown(one)} names ${id}`),
        ...(parentOf(one) && !there.has(parentOf(one)!) ? [`${one.type} ${shown(one)} stands in nothing`] : []),
      ])
    },
  },
  {
    name: 'a place for each package',
    protects: 'Each app takes its package from its own account, as itself.',
    find: (world) => all(world, 'Microsoft.Web/sites').flatMap((site) => packageOf(site, world)),
  },
  {
    name: 'doors in the network',
    protects: 'Where stores are private, their names lead to doors in the network, and the services stand in it.',
    find: (world) => (world.given.isPrivate ? doorsOf(world) : []),
  },
]

const shown = ({ name }: Resource) => (name.startsWith('[') ? '' : name)

function idsIn(world: World): string[] {
  const subnets = all(world, 'Microsoft.Network/virtualNetworks').flatMap(({ id, properties }) =>
    properties.subnets.map(({ name }: { name: string }) => `${id}/subnets/${name}`),
  )
  return [...world.resources.map(({ id }) => id), ...subnets].map((id) => id.toLowerCase())
}

/** Ids that a resource holds, in expressions too, and that are not there. */
function missing(one: Resource, there: Set<string>): string[] {
  const text = JSON.stringify([one.properties ?? {}, one.identity ?? {}])
  const named = [...text.matchAll(/\/subscriptions\/[^'"\s,)\]]*\/providers\/[^'"\s,)\]]+/g)].map(([id]) => id)
  // What holds an id alone has no other way to say what it means.
  const alone = [...text.matchAll(/"(?:id|\w+Farm[iI]d|workspaceId|WorkspaceResourceId|sourceId)":"([^["][^"]*)"/g)]
  const ids = [...named, ...alone.map(([, id = '']) => id)]
  return [...new Set(ids)].filter((id) => !there.has(id.toLowerCase()) && !isElsewhere(id, one))
}

const isElsewhere = (id: string, { type }: Resource) =>
  // A right on items is on a path within the account; the id of a database or a container is what it is called.
  ELSEWHERE.test(id) || /\/dbs\/[^/]+/.test(id) || (/\/sqlDatabases(\/containers)?$/i.test(type) && !id.includes('/'))

/** The id of what a resource is part of; undefined for what stands by itself or is an extension. */
function parentOf({ id, type }: Resource): string | undefined {
  const isPart = type.split('/').length > 2 && !id.startsWith('[')
  return isPart ? id.toLowerCase().split('/').slice(0, -2).join('/') : undefined
}

function packageOf(site: Resource, world: World): string[] {
  const service = serviceOf(site)
  const account = settingsGiven(site).AzureWebJobsStorage__accountName
  const storage = site.properties.functionAppConfig?.deployment?.storage
  const containers = all(world, 'Microsoft.Storage/storageAccounts/blobServices/containers').map(({ name }) => name)
  return [
    ...deviations(`${service}, its package`, storage, {
      type: 'blobContainer',
      value: RegExp(`'\\{0\\}packages', reference\\('[^']*/storageAccounts/${account}'`),
    }),
    ...deviations(`${service}, its package`, storage?.authentication, {
      type: 'UserAssignedIdentity',
      userAssignedIdentityResourceId: Object.keys(site.identity?.userAssignedIdentities ?? {})[0],
    }),
    ...(containers.includes(`${account}/default/packages`) ? [] : [`${service} has no place for a package`]),
  ]
}

function doorsOf(world: World): string[] {
  const doors = all(world, 'Microsoft.Network/privateEndpoints')
  const names = all(world, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups')
  const zones = all(world, 'Microsoft.Network/privateDnsZones').map(({ name }) => name)
  const linked = all(world, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks').map(({ name }) => name)
  const network = all(world, 'Microsoft.Network/virtualNetworks')[0]
  const subnet = network?.properties.subnets.find(({ name }: { name: string }) => name === 'services')
  const delegated = subnet?.properties.delegations?.[0]?.properties.serviceName
  const named = names.map(({ name }) => name.replace('/default', ''))
  return [
    ...differences(
      named,
      doors.map(({ name }) => name),
      'a name without a door',
      'a door without a name',
    ),
    ...doors.flatMap((door) =>
      doorTo(
        door,
        names.find(({ name }) => name.startsWith(`${door.name}/`)),
      ),
    ),
    ...Object.entries(DOORS)
      .filter(([, { zone }]) => !zones.some((name) => zone.test(name)))
      .map(([type]) => `no zone names ${type}`),
    ...zones
      .filter((zone) => !linked.some((name) => isPartOf(zone, name)))
      .map((zone) => `${zone} is not known in the network`),
    ...deviations('where services stand', { delegated }, { delegated: 'Microsoft.App/environments' }),
  ]
}

/** A name can be an expression, the one for a zone within the one for its link. */
const isPartOf = (zone: string, link: string) => link.includes(zone.replace(/^\[|\]$/g, ''))

function doorTo(door: Resource, names: Resource | undefined): string[] {
  const [link] = door.properties.privateLinkServiceConnections
  const type = Object.keys(DOORS).find((one) => String(link.properties.privateLinkServiceId).includes(one))
  const zone = JSON.stringify(names?.properties.privateDnsZoneConfigs?.[0]?.properties.privateDnsZoneId ?? '')
  const wanted = DOORS[type ?? '']
  return [
    ...deviations(door.name, { part: link.properties.groupIds.join() }, { part: wanted?.part }),
    ...(wanted?.zone.test(zone) ? [] : [`${door.name} is named in the wrong zone`]),
    ...(last(door.properties.subnet.id) === 'doors' ? [] : [`${door.name} does not stand where doors do`]),
  ]
}
