import type { Resource } from '../bicep-compiler.ts'
import { type Check, deviations, differences } from './check.ts'
import { all, names, serviceOf, services, type World } from './world.ts'

/** What is not to wait for a start after a quiet hour (systems E6, F5; the webhook has few seconds to answer in). */
const ALWAYS_READY: Record<string, string> = {
  'licence-lookup': 'http',
  'purchase-webhooks': 'http',
  'merge-send-queue': 'function:take_turn',
}

const sites = (world: World) => all(world, 'Microsoft.Web/sites')

/** The apps: one for each service, and how they run. */
export const servicesChecks: Check[] = [
  {
    name: 'an app for each service',
    protects: 'What there is code of runs, and nothing else; each on a plan of its own, so that none starves another.',
    find: (world) => {
      const apps = sites(world).map(serviceOf)
      const plans = sites(world).map(({ properties }) => properties.serverFarmId)
      const by = { code: Object.keys(world.code), 'names.json': Object.keys(names.services), 'config.ts': services }
      return [
        ...Object.entries(by).flatMap(([where, wanted]) =>
          differences(apps, wanted, `not in ${where}`, `there is no app for (in ${where})`),
        ),
        ...(new Set(plans).size === plans.length ? [] : ['two apps share a plan']),
      ]
    },
  },
  {
    name: 'runtime',
    protects: 'The bundles run on the version of Node that they are built for, on the plan that they are cut for.',
    find: (world) => [
      ...sites(world).flatMap((site) =>
        deviations(serviceOf(site), site.properties.functionAppConfig?.runtime, { name: 'node', version: '24' }),
      ),
      ...all(world, 'Microsoft.Web/serverfarms').flatMap((plan) =>
        deviations(plan.name, plan, { sku: { name: 'FC1', tier: 'FlexConsumption' } }),
      ),
    ],
  },
  {
    name: 'always ready',
    protects:
      'A look-up, an event of the seller and the next mail do not wait for a start; a name that no function has would keep nothing ready.',
    find: (world) => sites(world).flatMap((site) => readiness(site, world)),
  },
  {
    name: 'functions can be disabled',
    protects:
      'The portal can disable each function: on Linux a hyphen in its name breaks the button, a capital the scaling.',
    find: ({ code }) =>
      Object.values(code)
        .flat()
        .filter(({ name }) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name))
        .map(({ name }) => `function ${name} is not lower case with underscores`),
  },
  {
    name: 'several data centres',
    protects: 'Where the parameter says so, nothing stands in one data centre alone.',
    find: (world) => (world.given.isPrivate ? inOneDataCentre(world) : []),
  },
]

function readiness(site: Resource, { code, given }: World): string[] {
  const service = serviceOf(site)
  const ready: { name: string; instanceCount: number }[] =
    site.properties.functionAppConfig?.scaleAndConcurrency?.alwaysReady ?? []
  const wanted = ALWAYS_READY[service]
  const known = ['http', ...(code[service] ?? []).map(({ name }) => `function:${name}`)]
  const least = given.isPrivate ? 2 : 1
  return [
    ...differences(
      ready.map(({ name }) => name),
      wanted === undefined ? [] : [wanted],
      `${service} keeps ready`,
      `${service} does not keep ready`,
    ),
    ...ready.filter(({ name }) => !known.includes(name)).map(({ name }) => `${service} has nothing called ${name}`),
    ...ready
      .filter((one) => one.instanceCount < least)
      .map(({ name }) => `${service}: too few instances of ${name} are ready`),
  ]
}

function inOneDataCentre(world: World): string[] {
  const account = all(world, 'Microsoft.DocumentDB/databaseAccounts')[0]?.properties
  return [
    ...all(world, 'Microsoft.Web/serverfarms').flatMap(({ name, properties }) =>
      deviations(name, properties, { zoneRedundant: true }),
    ),
    ...all(world, 'Microsoft.Storage/storageAccounts').flatMap(({ name, sku }) =>
      deviations(name, sku, { name: 'Standard_ZRS' }),
    ),
    ...deviations('Cosmos', account?.locations?.[0], { isZoneRedundant: true }),
  ]
}
