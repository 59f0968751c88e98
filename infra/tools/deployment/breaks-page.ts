import { type Break, remove, the } from './break.ts'

const PAGE = 'paths of the page'
const ROUTES = 'Microsoft.Cdn/profiles/afdEndpoints/routes'
const POLICY = 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies'

/** What belongs to nobody else is the page's, and nothing of the host itself. */
export const pageBreaks: Break[] = [
  {
    breaks: 'the page is kept at the edge',
    seen: PAGE,
    make: (world) => {
      the(world, ROUTES, '/page').properties.cacheConfiguration = { queryStringCachingBehavior: 'IgnoreQueryString' }
    },
  },
  {
    breaks: 'a path of the page is one of the host',
    seen: PAGE,
    make: (world) => {
      the(world, 'Microsoft.Cdn/profiles/ruleSets/rules', '/below').properties.actions[0].parameters.destination = '/'
    },
  },
  {
    breaks: 'nobody answers what is not routed',
    seen: PAGE,
    make: (world) => remove(world, the(world, ROUTES, '/page')),
  },
  {
    breaks: 'a path climbs out of the page',
    seen: 'firewall',
    make: (world) => {
      const { rules } = the(world, POLICY).properties.customRules
      rules.find(({ name }: { name: string }) => name === 'NoHostPaths').matchConditions[0].matchValue.pop()
    },
  },
]
