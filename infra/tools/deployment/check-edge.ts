import type { Resource } from '../bicep-compiler.ts'
import { type Check, deviations, differences } from './check.ts'
import { all, last, names, serviceOf, services, type World } from './world.ts'

const ROUTES = 'Microsoft.Cdn/profiles/afdEndpoints/routes'
/** The routes of the page, with what each takes. */
const OF_PAGE: Record<string, string> = { page: '/*', assets: `${names.page.kept}/*` }

/** The one public address, and that nothing answers beside it (F20, G4, G5). */
export const edgeChecks: Check[] = [
  {
    name: 'only through our Front Door',
    protects: 'No app answers anybody who did not come through our own Front Door, so nothing goes round its guard.',
    find: (world) => all(world, 'Microsoft.Web/sites').flatMap(doors),
  },
  {
    name: 'no passwords for publishing',
    protects: 'Only who is signed in with Entra can put a package in place.',
    find: (world) => {
      const wanted = services.flatMap((service) => [`${service}/ftp`, `${service}/scm`])
      const refused = all(world, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies')
        .filter(({ properties }) => properties.allow === false)
        .map(({ name }) => name.replace(/^smm-\w+-\w{6}-/, ''))
      return differences(refused, wanted, 'no app has', 'a password opens')
    },
  },
  {
    name: 'routes',
    protects: 'Each path reaches the service that answers it, and no answer is kept for the next person.',
    find: routes,
  },
  {
    name: 'paths of the page',
    protects: 'What is the page comes below a path of its own service, so that nobody reaches what is the host itself.',
    find: pageRoutes,
  },
]

function doors(site: Resource): string[] {
  const service = serviceOf(site)
  const { siteConfig, httpsOnly } = site.properties
  const rules: Record<string, unknown>[] = siteConfig.ipSecurityRestrictions ?? []
  const [rule] = rules
  const id = (rule?.headers as Record<string, string[]> | undefined)?.['x-azure-fdid']
  return [
    ...deviations(
      service,
      { ...siteConfig, httpsOnly, rules: rules.length },
      {
        ...{ httpsOnly: true, ipSecurityRestrictionsDefaultAction: 'Deny', rules: 1 },
        // A lock there too would keep deployments out, which come signed in with Entra.
        ...{ scmIpSecurityRestrictionsUseMain: false, scmIpSecurityRestrictionsDefaultAction: 'Allow' },
      },
    ),
    ...deviations(`${service}, who comes in`, rule, {
      ...{ action: 'Allow', tag: 'ServiceTag', ipAddress: 'AzureFrontDoor.Backend' },
    }),
    ...deviations(
      `${service}, whose Front Door`,
      { ids: id?.join() },
      { ids: /^\[reference\(.*\.outputs\.frontDoorId\.value\]$/ },
    ),
  ]
}

function routes(world: World): string[] {
  const found = all(world, ROUTES).filter((route) => !(last(route.name) in OF_PAGE))
  const patterns = found.flatMap(({ name, properties }) =>
    properties.patternsToMatch.map((path: string) => `${path} to ${last(name)}`),
  )
  const wanted = services.flatMap((service) =>
    names.services[service].routes.flatMap((path) => [`${path} to ${service}`, `${path}/* to ${service}`]),
  )
  const rewrites = rewritesOf(world, 'rewrites')
  const apps = all(world, 'Microsoft.Web/sites').map(serviceOf)
  const origins = all(world, 'Microsoft.Cdn/profiles/originGroups/origins')
  return [
    ...differences(
      origins.map(({ name }) => last(name)),
      services,
      'there is no service',
      'nothing leads to',
    ),
    ...differences(patterns, wanted, 'is routed', 'is not routed'),
    ...differences(
      rewrites,
      Object.entries(names.rewrites).map(([from, to]) => `${from} as ${to}`),
      'is rewritten',
      'is not rewritten',
    ),
    ...found.flatMap((route) => [
      ...asItHasToBe(route, last(route.name), 'rewrites'),
      ...deviations(`route ${last(route.name)}`, route.properties, { cacheConfiguration: undefined }),
    ]),
    ...all(world, 'Microsoft.Cdn/profiles/customDomains').flatMap(({ properties }) =>
      deviations('the address', properties, { hostName: world.given.parameters.publicHost }),
    ),
    ...origins.flatMap(({ name, properties }) =>
      deviations(`origin ${last(name)}`, properties, {
        hostName: RegExp(`'apps-\\{0\\}-\\{1\\}', ${apps.indexOf(last(name) as (typeof apps)[number])},`),
        originHostHeader: properties.hostName,
        enforceCertificateNameCheck: true,
      }),
    ),
  ]
}

/** The page has what nobody else has; names of its assets change with their contents, so they alone are kept. */
function pageRoutes(world: World): string[] {
  const found = all(world, ROUTES).filter(({ name }) => last(name) in OF_PAGE)
  const kept = found.flatMap(({ name, properties }) => (properties.cacheConfiguration ? [last(name)] : []))
  return [
    ...differences(
      found.flatMap(({ name, properties }) =>
        properties.patternsToMatch.map((path: string) => `${path} by ${last(name)}`),
      ),
      Object.entries(OF_PAGE).map(([name, path]) => `${path} by ${name}`),
      'is routed',
      'is not routed',
    ),
    ...differences(rewritesOf(world, 'page'), [`/ as ${names.page.below}`], 'is rewritten', 'is not rewritten'),
    ...differences(kept, ['assets'], 'kept for the next person', 'is not kept'),
    ...found.flatMap((route) => asItHasToBe(route, names.page.service, 'page')),
  ]
}

/** Whether a route is of the one address, rewritten by one set of rules, and leads to a service. */
const asItHasToBe = ({ name, properties }: Resource, service: string, rules: string): string[] => [
  ...deviations(`route ${last(name)}`, properties, {
    ...{ linkToDefaultDomain: 'Disabled', forwardingProtocol: 'HttpsOnly', supportedProtocols: ['Https'] },
  }),
  ...deviations(
    `route ${last(name)}`,
    {
      domains: properties.customDomains?.length,
      rules: properties.ruleSets?.map(({ id }: { id: string }) => last(id)).join(),
      service: last(properties.originGroup.id),
    },
    { domains: 1, rules, service },
  ),
]

const rewritesOf = (world: World, rules: string): string[] =>
  all(world, 'Microsoft.Cdn/profiles/ruleSets/rules')
    .filter(({ name }) => name.split('/').at(-2) === rules)
    .map(({ properties }) => {
      const { sourcePattern, destination, preserveUnmatchedPath } = properties.actions[0].parameters
      return `${sourcePattern} as ${destination}${preserveUnmatchedPath ? '' : ' alone'}`
    })
