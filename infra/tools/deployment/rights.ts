import type { Resource } from '../bicep-compiler.ts'
import { groups } from './given.ts'
import { all, last, names, serviceOf, settingsGiven, type World } from './world.ts'

/** Who may what, by whom and on what: the shape of `infra/who-may-what.json`. */
export type WhoMayWhat = Record<string, Record<string, string[]>>

/** One role of one who, on something. */
export interface Right {
  who: string
  role: string
  on: string
}

const COSMOS_ROLES: Record<string, string> = {
  1: 'Cosmos DB Built-in Data Reader',
  2: 'Cosmos DB Built-in Data Contributor',
}

/** All rights that would be given, in words. What cannot be understood stands there as it is, and is known to nobody. */
export function rightsIn(world: World): Right[] {
  const onAzure = all(world, 'Microsoft.Authorization/roleAssignments').map(({ id, properties }) => ({
    who: whoIs(world, properties),
    role: /^\[roleDefinitions\('(.+)'\)\.id\]$/.exec(properties.roleDefinitionId)?.[1] ?? properties.roleDefinitionId,
    on: onWhat(world, id),
  }))
  const onCosmos = all(world, 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments').map(({ properties }) => {
    const [, database, container] = /\/dbs\/([^/]+)\/colls\/([^/]+)$/.exec(properties.scope) ?? []
    return {
      who: whoIs(world, { ...properties, principalType: undefined }),
      role: COSMOS_ROLES[/0000-0*(\d+)$/.exec(properties.roleDefinitionId)?.[1] ?? ''] ?? properties.roleDefinitionId,
      on: container && database === names.database ? `container ${container}` : `all items below ${properties.scope}`,
    }
  })
  return [...onAzure, ...onCosmos]
}

/** The same as a list of sentences, for comparing. */
export const sentences = (rights: Right[]): string[] =>
  rights.map(({ who, role, on }) => `${who} has ${role} on ${on}`).sort()

/** The same as the table that is committed. */
export function tableOf(rights: Right[]): WhoMayWhat {
  const table: WhoMayWhat = {}
  for (const { who, role, on } of rights.toSorted((a, b) => order(a).localeCompare(order(b)))) {
    table[who] ??= {}
    table[who][on] = [...(table[who][on] ?? []), role].sort()
  }
  return table
}

/** A table as rights. */
export const rightsOf = (table: WhoMayWhat): Right[] =>
  Object.entries(table).flatMap(([who, scopes]) =>
    Object.entries(scopes).flatMap(([on, roles]) => roles.map((role) => ({ who, on, role }))),
  )

const order = ({ who, on, role }: Right) => `${who} ${on} ${role}`

function whoIs(world: World, { principalId, principalType }: { principalId: string; principalType?: string }): string {
  const group = { [groups.operators]: 'operators', [groups.breakGlass]: 'break-glass' }[principalId]
  // Cosmos asks for no type. Elsewhere a wrong one lets the deployment fail for whoever was made a minute ago.
  if (group) return principalType === undefined || principalType === 'Group' ? group : `${group} (as ${principalType})`
  const index = /'identities-\{0\}-\{1\}', (\d+),.*\.outputs\.principalId\.value\]$/.exec(principalId)?.[1]
  const identity = all(world, 'Microsoft.ManagedIdentity/userAssignedIdentities')[Number(index)]
  if (!index || !identity) return `somebody (${principalId})`
  const service = serviceOf(identity)
  return principalType === undefined || principalType === 'ServicePrincipal'
    ? service
    : `${service} (as ${principalType})`
}

/** What a role assignment is on, from its id: the resource before it, or the group of resources. */
function onWhat(world: World, id: string): string {
  const scope = /^\[extensionResourceId\('([^']+)'/.exec(id)?.[1]
  if (!scope) return /^\[resourceId\('[^']+', '[^']+', 'Microsoft\.Auth/.test(id) ? 'the resource group' : id
  const parts = scope.split('/providers/').at(-1)?.split('/').slice(1) ?? []
  const [kind = '', name = ''] = parts.slice(-2)
  const words: Record<string, string> = {
    queues: `queue ${name}`,
    secrets: `secret ${name}`,
    storageAccounts: `storage account of ${ownerOf(world, name)}`,
    containers: `blobs ${name} of ${ownerOf(world, parts[1] ?? '')}`,
    sites: `Function App of ${name.replace(/^smm-\w+-\w{6}-/, '')}`,
    components: 'Application Insights',
    workspaces: 'the logs',
    namespaces: 'all queues',
    databaseAccounts: 'the Cosmos account',
    vaults: 'all secrets',
  }
  return words[kind] ?? scope
}

/** Whose host uses a storage account. */
function ownerOf(world: World, account: string): string {
  const uses = (site: Resource) => settingsGiven(site).AzureWebJobsStorage__accountName === account
  const owner = all(world, 'Microsoft.Web/sites').find(uses)
  return owner ? serviceOf(owner) : last(account)
}
