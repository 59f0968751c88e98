import expected from '../../who-may-what.json' with { type: 'json' }
import { type Check, differences } from './check.ts'
import { rightsIn, rightsOf, sentences } from './rights.ts'
import { all, serviceOf, settingsGiven, type World } from './world.ts'

/** While a secret is rotated there is one secret more, and a right on it. */
const ONLY_WHILE_ROTATING = 'secret stripe-previous-secret'

/** Rights that let whoever has them read content or sealed grants, or take the place of the service that may. */
const TOO_WIDE =
  /^(Owner|Contributor|User Access Administrator|Role Based Access Control Administrator)$|^Storage |^Key Vault /

/** Who may what. */
export const rightsChecks: Check[] = [
  {
    name: 'who may what',
    protects: 'Nobody has a right that the committed table does not give, and everybody has those that it gives.',
    find: (world) => {
      const wanted = rightsOf(expected).filter(({ on }) => world.given.isRotating || on !== ONLY_WHILE_ROTATING)
      return differences(sentences(rightsIn(world)), sentences(wanted), 'not to be', 'is missing')
    },
  },
  {
    name: 'operators see no grants and no content',
    protects:
      'Who runs the system cannot read what people send, who is signed in, nor what opens mailboxes (F44), whatever the table says.',
    find: (world) =>
      rightsIn(world)
        .filter(({ who }) => !Object.keys(world.code).includes(who))
        .filter(
          ({ role, on }) =>
            ['container mailbox-grants', 'container sessions'].includes(on) ||
            on.startsWith('all items below') ||
            on.startsWith('blobs ') ||
            TOO_WIDE.test(role),
        )
        .map(({ who, role, on }) => `${who} has ${role} on ${on}`),
  },
  {
    name: 'one service makes sessions',
    protects: 'Nobody but licence-portal can sign anybody in (F16): who writes a session is that person from then on.',
    find: (world) =>
      rightsIn(world)
        .filter(({ who, role, on }) => on === 'container sessions' && !/Reader/.test(role) && who !== 'licence-portal')
        .map(({ who, role, on }) => `${who} has ${role} on ${on}`),
  },
  {
    name: 'operators write no item',
    protects:
      'Stores are changed by services alone: people act by a message, and in an emergency by a right that rings.',
    find: (world) =>
      rightsIn(world)
        .filter(({ who, role }) => !Object.keys(world.code).includes(who) && /Built-in Data Contributor/.test(role))
        .map(({ who, role, on }) => `${who} has ${role} on ${on}`),
  },
  {
    name: 'an identity each',
    protects: 'A service is itself and nobody else: one identity and one storage account each (H3).',
    find: (world) => all(world, 'Microsoft.Web/sites').flatMap((site) => strangers(world, site)),
  },
]

function strangers(world: World, site: (typeof world)['resources'][number]): string[] {
  const service = serviceOf(site)
  const ids = Object.keys(site.identity?.userAssignedIdentities ?? {})
  const settings = settingsGiven(site)
  const account = settings.AzureWebJobsStorage__accountName
  const others = all(world, 'Microsoft.Web/sites').filter((other) => serviceOf(other) !== service)
  const used = [...ids, site.properties.keyVaultReferenceIdentity, settings.AZURE_CLIENT_ID]
  return [
    ...(ids.length === 1 ? [] : [`${service} has ${ids.length} identities`]),
    ...used
      .filter((id) => !String(id).includes(`-${service}'`) && !String(id).endsWith(`-${service}`))
      .map((id) => `${service} uses the identity ${id}`),
    ...others
      .filter((other) => settingsGiven(other).AzureWebJobsStorage__accountName === account)
      .map((other) => `${service} shares its storage account with ${serviceOf(other)}`),
  ]
}
