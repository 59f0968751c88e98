import stripe from '../../stripe-addresses.json' with { type: 'json' }
import { type Check, deviations } from './check.ts'
import { all, names, services, type World } from './world.ts'

/** A path is compared as a client means it, however it is written. */
const ON_PATH = { matchVariable: 'RequestUri', operator: 'RegEx', transforms: ['UrlDecode', 'Lowercase'] }

/** The guard of the one public address (F20, G5). */
export const firewallChecks: Check[] = [
  {
    name: 'firewall',
    protects: 'The paths of the host are refused, floods are, and nothing that people or the seller send.',
    find: firewall,
  },
]

function firewall(world: World): string[] {
  const [policy] = all(world, 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies')
  const [guard] = all(world, 'Microsoft.Cdn/profiles/securityPolicies')
  const domains: { id: string }[] = guard?.properties.parameters.associations?.[0]?.domains ?? []
  const guarded = ['customDomains', 'afdEndpoints'].flatMap((kind) =>
    all(world, `Microsoft.Cdn/profiles/${kind}`).map(({ id }) => id),
  )
  const rules: Rule[] = policy?.properties.customRules.rules ?? []
  const by = (name: string) => rules.find((rule) => rule.name === name)
  const [paths, seller, flood] = [by('NoHostPaths'), by('StripeEvents'), by('NoFlood')]
  return [
    ...deviations('firewall', policy?.properties.policySettings, { enabledState: 'Enabled', mode: 'Prevention' }),
    ...deviations('managed rules', policy?.properties.managedRules.managedRuleSets[0], { ruleSetAction: 'Log' }),
    ...deviations(
      'guard',
      { domains: domains.length, policy: guard?.properties.parameters.wafPolicy?.id },
      {
        ...{ domains: 2, policy: policy?.id },
      },
    ),
    ...deviations('guard', guard?.properties.parameters.associations?.[0], { patternsToMatch: ['/*'] }),
    ...domains.filter(({ id }) => !guarded.includes(id)).map(({ id }) => `${id} is no domain`),
    ...refusedPaths(paths),
    ...deviations('floods', flood, {
      action: 'Block',
      ruleType: 'RateLimitRule',
      groupBy: [{ variableName: 'SocketAddr' }],
    }),
    ...deviations('floods', flood?.matchConditions[0], {
      matchVariable: 'SocketAddr',
      matchValue: ['0.0.0.0/0', '::/0'],
    }),
    ...(perMinute(flood) >= 4_000 ? [] : ['a company behind one address counts as a flood']),
    ...events(seller),
    ...((seller?.priority ?? 99) < (flood?.priority ?? 0) ? [] : ['events of the seller count as a flood']),
    ...((paths?.priority ?? 99) < (seller?.priority ?? 0) ? [] : ['the seller reaches paths of the host']),
  ]
}

interface Rule {
  name: string
  priority: number
  action: string
  matchConditions: { matchVariable: string; matchValue: string[] }[]
  rateLimitThreshold?: number
  rateLimitDurationInMinutes?: number
}

const perMinute = (rule: Rule | undefined) => (rule?.rateLimitThreshold ?? 0) / (rule?.rateLimitDurationInMinutes ?? 1)

/** Whether the rule lets through what the seller sends to its own path, from its own addresses, and nothing else. */
function events(rule: Rule | undefined): string[] {
  const [from, to, ...others] = rule?.matchConditions ?? []
  const pattern = new RegExp(to?.matchValue[0] ?? '^$')
  const through = [
    '/api/purchases/stripe',
    'https://api.example.com:443/api/purchases/stripe',
    '/api/purchases/stripe?x',
  ]
  const not = ['/api/purchases', '/api/purchases/stripe/x', '/api/campaigns?next=/api/purchases/stripe', '/api/licence']
  return [
    ...deviations('events of the seller', rule, { action: 'Allow', ruleType: 'MatchRule' }),
    ...deviations('events of the seller', from, {
      ...{ matchVariable: 'SocketAddr', operator: 'IPMatch', matchValue: stripe.addresses },
    }),
    ...deviations('events of the seller', to, ON_PATH),
    ...(others.length === 0 ? [] : ['events of the seller depend on more']),
    ...through.filter((path) => !pattern.test(path)).map((path) => `${path} is held up`),
    ...not.filter((path) => pattern.test(path)).map((path) => `${path} passes as an event of the seller`),
  ]
}

/** Whether the rule refuses what is the host's, and no path of ours. */
function refusedPaths(rule: Rule | undefined): string[] {
  const patterns = rule?.action === 'Block' ? (rule.matchConditions[0]?.matchValue ?? []).map((one) => RegExp(one)) : []
  const matches = (text: string) => patterns.some((pattern) => pattern.test(text))
  const refuses = (path: string) => matches(path) && matches(`https://api.example.com:443${path}`)
  const climbing = ['/x/../../admin/host/keys', '/assets/..', '/./admin', '/it/..?x']
  const hosts = [
    '/admin',
    '/admin/host/keys',
    '/runtime/webhooks/x',
    '/.auth/me',
    '//admin',
    '/admin?code=1',
    ...climbing,
  ]
  const pages = ['/', '/it', '/assets/index-a..b.js', '/assets/x.js', '/it?back=/../x', '/.well-known/jwks.json']
  const ours = [...services.flatMap((service): string[] => names.services[service].routes), ...pages]
  return [
    ...deviations('paths of the host', rule, { ruleType: 'MatchRule' }),
    ...deviations('paths of the host', rule?.matchConditions[0], ON_PATH),
    ...hosts.filter((path) => !refuses(path)).map((path) => `${path} is let through`),
    ...[...ours, '/administrators', '/api/admin'].filter(refuses).map((path) => `${path} is refused`),
  ]
}
