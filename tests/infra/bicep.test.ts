import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import parameters from '../../infra/main.parameters.json' with { type: 'json' }
import { build, findCompiler, predict, type Resource } from '../../infra/tools/bicep-compiler.ts'
import { checkSyntax } from '../../infra/tools/bicep-grammar.ts'
import { type Service, settingsOf } from '../../shared/config.ts'
import names from '../../shared/names.json' with { type: 'json' }

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'infra', 'main.bicep')
const sources = globSync('infra/**/*.bicep', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))
const operations = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
const services = Object.keys(names.services) as Service[]
const operatorsGroupId = '00000000-0000-4000-8000-000000000004'
const found = findCompiler()

const folder = mkdtempSync(join(tmpdir(), 'bicep-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const broken = join(folder, 'broken.bicep')
writeFileSync(broken, 'param location string\nvar = \n')

describe('the sources', () => {
  it('hold no key, no connection string, no setting of a stand-in, and nothing that is fetched from a registry', () => {
    for (const { path, text } of sources) {
      const wrong = /listKeys\(|list[A-Z]\w*\(|AccountKey|SharedAccessKey|EntityPath=|STAND_INS|br\/|br:/
      expect(wrong.exec(text)?.[0], path).toBeUndefined()
    }
  })

  it('give every right on one page', () => {
    const giving = sources.filter(({ text }) => /roleAssignments@/i.test(text)).map(({ path }) => path)
    expect(giving).toEqual(['infra/modules/access.bicep'])
  })

  it('have a value for each parameter, and describe each as required or optional', () => {
    const text = readFileSync(main, 'utf8')
    const declared = [...text.matchAll(/^@description\('(Required|Optional)\. [^']+'\)\n(?:@.+\n)*param (\w+)/gm)]
    expect(declared.map(([, , name]) => name).sort()).toEqual(
      [...text.matchAll(/^param (\w+)/gm)].map(([, name]) => name).sort(),
    )
    expect(Object.keys(parameters.parameters).sort()).toEqual(declared.map(([, , name]) => name).sort())
  })

  it('are checked for syntax by the grammar too', async () => {
    expect(await checkSyntax(sources.map(({ path }) => join(root, path)))).toEqual([])
    const [finding] = await checkSyntax([broken])
    expect(finding).toContain(`${broken}:2 syntax`)
  })
})

if (found.compiler) {
  const { compiler } = found
  describe(`what ${compiler.name} makes of them`, () => {
    let resources: Resource[]
    beforeAll(() => {
      resources = predict(compiler, main, {
        ...{ environmentName: 'test', location: 'westeurope', publicHost: 'api.example.com' },
        ...{ licensingApiClientId: 'api', addInClientId: 'add-in', portalClientId: 'portal' },
        ...{ operatorsGroupId, alertsAddress: 'operators@example.com' },
      })
    }, 180_000)

    const all = (type: string) => resources.filter((one) => one.type.toLowerCase() === type.toLowerCase())
    const one = (type: string) => {
      const [only, ...others] = all(type)
      expect(others, type).toEqual([])
      return only!
    }
    const last = (path: string) => path.split('/').at(-1)!
    const serviceOf = (site: Resource) => site.name.replace(/^smm-test-\w{6}-/, '') as Service
    const settings = (site: Resource): Record<string, string> =>
      Object.fromEntries(
        site.properties.siteConfig.appSettings.map(({ name, value }: { name: string; value: string }) => [name, value]),
      )

    it('says what is wrong with a file', () => {
      expect(build(compiler, broken).join('\n')).toMatch(/broken\.bicep:2 BCP\d+: /)
    }, 60_000)

    it('has exactly the containers of names.json, indexed by what is queried', () => {
      const containers = all('Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers').map((container) => {
        const { id, partitionKey, defaultTtl, indexingPolicy } = container.properties.resource
        expect(indexingPolicy.excludedPaths).toEqual([{ path: '/*' }])
        const indexed = indexingPolicy.includedPaths.map(({ path }: { path: string }) => path)
        expect(container.name).toBe(`${one('Microsoft.DocumentDB/databaseAccounts').name}/${names.database}/${id}`)
        return [id, { partitionKey: partitionKey.paths.join(), defaultTtl, indexed }]
      })
      expect(Object.fromEntries(containers)).toEqual(names.containers)
    })

    it('has exactly the queues of names.json', () => {
      const queues = all('Microsoft.ServiceBus/namespaces/queues').map(({ name, properties }) => {
        const seconds = (duration: string) => Number(/^PT(\d+)S$/.exec(duration)?.[1])
        const lockSeconds = seconds(properties.lockDuration)
        const timeToLiveSeconds = seconds(properties.defaultMessageTimeToLive)
        return [last(name), { lockSeconds, maxDeliveryCount: properties.maxDeliveryCount, timeToLiveSeconds }]
      })
      expect(Object.fromEntries(queues)).toEqual(names.queues)
    })

    it('keeps the truth in one write region at strong consistency, with a way back', () => {
      const { locations, enableMultipleWriteLocations, consistencyPolicy, backupPolicy } = one(
        'Microsoft.DocumentDB/databaseAccounts',
      ).properties
      expect(locations).toHaveLength(1)
      expect(enableMultipleWriteLocations).toBe(false)
      expect(consistencyPolicy).toEqual({ defaultConsistencyLevel: 'Strong' })
      expect(backupPolicy.type).toBe('Continuous')
    })

    it('takes no keys and no old TLS', () => {
      const cosmos = one('Microsoft.DocumentDB/databaseAccounts').properties
      expect(cosmos).toMatchObject({ disableLocalAuth: true, minimalTlsVersion: 'Tls12' })
      const bus = one('Microsoft.ServiceBus/namespaces').properties
      expect(bus).toMatchObject({ disableLocalAuth: true, minimumTlsVersion: '1.2' })
      expect(one('Microsoft.Insights/components').properties.DisableLocalAuth).toBe(true)
      expect(one('Microsoft.OperationalInsights/workspaces').properties.features.disableLocalAuth).toBe(true)
      const vault = one('Microsoft.KeyVault/vaults').properties
      expect(vault).toMatchObject({ enableRbacAuthorization: true, enablePurgeProtection: true })
      for (const { properties } of all('Microsoft.Storage/storageAccounts')) {
        expect(properties).toMatchObject({
          ...{ allowSharedKeyAccess: false, allowBlobPublicAccess: false },
          ...{ supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2' },
        })
      }
    })

    it('has one Function App for each service, each on a plan of its own', () => {
      const sites = all('Microsoft.Web/sites')
      expect(sites.map(serviceOf).sort()).toEqual([...services].sort())
      expect(new Set(sites.map(({ properties }) => properties.serverFarmId)).size).toBe(services.length)
      for (const { properties } of sites) {
        expect(properties.functionAppConfig.runtime).toEqual({ name: 'node', version: '24' })
        const ways = all('Microsoft.Web/sites/basicPublishingCredentialsPolicies')
        expect(ways).toHaveLength(2 * services.length)
        expect(ways.map((way) => way.properties.allow)).not.toContain(true)
        expect(properties.siteConfig).toMatchObject({ minTlsVersion: '1.2', ftpsState: 'Disabled' })
      }
    })

    it('admits to a site only our own Front Door, over https', () => {
      for (const { properties } of all('Microsoft.Web/sites')) {
        const { ipSecurityRestrictions, ipSecurityRestrictionsDefaultAction } = properties.siteConfig
        expect(properties.httpsOnly).toBe(true)
        expect(ipSecurityRestrictionsDefaultAction).toBe('Deny')
        expect(ipSecurityRestrictions).toHaveLength(1)
        const [{ action, tag, ipAddress, headers }] = ipSecurityRestrictions
        expect({ action, tag, ipAddress }).toEqual({
          ...{ action: 'Allow', tag: 'ServiceTag', ipAddress: 'AzureFrontDoor.Backend' },
        })
        expect(headers['x-azure-fdid']).toEqual([expect.stringMatching(/\.outputs\.frontDoorId\.value\]$/)])
      }
    })

    it('gives each app exactly the settings that it reads, and those that its host needs', () => {
      const host = [
        'AZURE_CLIENT_ID',
        ...['APPLICATIONINSIGHTS_AUTHENTICATION_STRING', 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
        ...identityConnection('AzureWebJobsStorage', 'accountName'),
      ]
      for (const site of all('Microsoft.Web/sites')) {
        const read = settingsOf[serviceOf(site)].flatMap((name) =>
          name === 'SERVICE_BUS' ? identityConnection(name, 'fullyQualifiedNamespace') : [name],
        )
        expect(Object.keys(settings(site)).sort()).toEqual([...read, ...host].sort())
        const { PUBLIC_ORIGIN, LICENSING_API_CLIENT_ID, ADD_IN_CLIENT_ID, PORTAL_CLIENT_ID } = settings(site)
        expect(PUBLIC_ORIGIN).toBe('https://api.example.com')
        expect([LICENSING_API_CLIENT_ID, ADD_IN_CLIENT_ID, PORTAL_CLIENT_ID]).toEqual(['api', 'add-in', 'portal'])
      }
    })

    it('keeps the secret out of everything but the vault', () => {
      const holders = resources.filter((resource) =>
        JSON.stringify(resource.properties ?? {}).includes("parameters('proofKey')"),
      )
      expect(holders.map(({ type }) => type)).toEqual(['Microsoft.KeyVault/vaults/secrets'])
    })

    /** Who may what, as lines: who, role, on what. */
    const rights = () => {
      const who = (principal: string) => {
        if (principal === operatorsGroupId) return 'operators'
        const index = /'identities-\{0\}-\{1\}', (\d+),/.exec(principal)?.[1]
        expect(principal).toMatch(/\.outputs\.principalId\.value\]$/)
        return serviceOf(all('Microsoft.Web/sites')[Number(index)]!)
      }
      const onAzure = all('Microsoft.Authorization/roleAssignments').map(({ id, properties }) => {
        const role = /^\[roleDefinitions\('(.+)'\)\.id\]$/.exec(properties.roleDefinitionId)?.[1]
        const scope = /^\[extensionResourceId\('([^']+)'/.exec(id)?.[1] ?? 'the resource group'
        if (scope === 'the resource group') expect(id).toMatch(/^\[resourceId\('[^']+', '[^']+', 'Microsoft\.Auth/)
        expect(properties.principalType).toBe(
          properties.principalId === operatorsGroupId ? 'Group' : 'ServicePrincipal',
        )
        return `${who(properties.principalId)}: ${role} on ${onWhat(scope)}`
      })
      const onCosmos = all('Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments').map(({ properties }) => {
        const role = { 1: 'reader', 2: 'contributor' }[/0000-0*(\d)$/.exec(properties.roleDefinitionId)![1]!]
        const [, database, container] = /\/dbs\/([^/]+)\/colls\/([^/]+)$/.exec(properties.scope) ?? []
        expect(database).toBe(names.database)
        return `${who(properties.principalId)}: Cosmos data ${role} on container ${container}`
      })
      return [...onAzure, ...onCosmos].sort()
    }
    const onWhat = (scope: string) => {
      const parts = scope.split('/providers/')[1]?.split('/').slice(1)
      if (!parts) return scope
      const [kind, name] = parts.slice(-2)
      return ['queues', 'secrets', 'storageAccounts'].includes(kind!) ? `${kind} ${name}` : kind
    }

    it('lets each do what names.json says, and nothing else', () => {
      const storage = (service: Service) => settings(siteOf(service)).AzureWebJobsStorage__accountName
      const siteOf = (service: Service) => all('Microsoft.Web/sites').find((site) => serviceOf(site) === service)!
      const wanted = services.flatMap((service) => {
        const { reads, writes, sends, handles } = names.services[service]
        return [
          ...reads.map((container) => `${service}: Cosmos data reader on container ${container}`),
          ...writes.map((container) => `${service}: Cosmos data contributor on container ${container}`),
          ...sends.map((queue) => `${service}: Azure Service Bus Data Sender on queues ${queue}`),
          ...handles.map((queue) => `${service}: Azure Service Bus Data Owner on queues ${queue}`),
          `${service}: Storage Blob Data Owner on storageAccounts ${storage(service)}`,
          `${service}: Monitoring Metrics Publisher on components`,
        ]
      })
      const operators = [
        'operators: Reader on the resource group',
        'operators: Azure Service Bus Data Owner on namespaces',
        'operators: Log Analytics Reader on workspaces',
        ...Object.keys(names.containers).map((name) => `operators: Cosmos data reader on container ${name}`),
      ]
      const secret = 'licence-lookup: Key Vault Secrets User on secrets proof-key'
      expect(rights()).toEqual([...wanted, ...operators, secret].sort())
      expect(new Set(services.map(storage)).size).toBe(all('Microsoft.Storage/storageAccounts').length)
    })

    it('lets licence-lookup, which faces everybody, change nothing', () => {
      const own = rights().filter((line) => line.startsWith('licence-lookup: '))
      expect(own.filter((line) => /contributor|Service Bus Data Owner/.test(line))).toEqual([])
      expect(names.services['licence-lookup'].writes).toEqual([])
    })

    it('routes exactly the paths of names.json, to their services, and caches none', () => {
      const routes = all('Microsoft.Cdn/profiles/afdEndpoints/routes')
      const patterns = Object.fromEntries(
        routes.map(({ name, properties }) => [last(name), properties.patternsToMatch]),
      )
      expect(patterns).toEqual(
        Object.fromEntries(
          services.map((service) => [
            service,
            names.services[service].routes.flatMap((path: string) => [path, `${path}/*`]),
          ]),
        ),
      )
      for (const { name, properties } of routes) {
        expect(last(properties.originGroup.id)).toBe(last(name))
        expect(properties).not.toHaveProperty('cacheConfiguration')
        expect(properties).toMatchObject({ linkToDefaultDomain: 'Disabled', forwardingProtocol: 'HttpsOnly' })
        expect(properties.supportedProtocols).toEqual(['Https'])
      }
      const origins = all('Microsoft.Cdn/profiles/originGroups/origins')
      for (const { name, properties } of origins) {
        const index = services.indexOf(last(name) as Service)
        expect(properties.hostName).toContain(`'apps-{0}-{1}', ${index},`)
        expect(properties.originHostHeader).toBe(properties.hostName)
      }
      const rewrites = all('Microsoft.Cdn/profiles/ruleSets/rules').map(({ properties }) => {
        const { sourcePattern, destination } = properties.actions[0].parameters
        return [sourcePattern, destination]
      })
      expect(Object.fromEntries(rewrites)).toEqual(names.rewrites)
    })

    it('refuses the paths of the host at the edge, and floods alone', () => {
      const { policySettings, customRules, managedRules } = one(
        'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies',
      ).properties
      // In detection a policy's own rules would refuse nothing either.
      expect(policySettings).toMatchObject({ enabledState: 'Enabled', mode: 'Prevention' })
      expect(managedRules.managedRuleSets.map((set: { ruleSetAction: string }) => set.ruleSetAction)).toEqual(['Log'])
      const [paths, flood] = customRules.rules
      const pattern = new RegExp(paths.matchConditions[0].matchValue[0])
      const refused = ['/admin', '/admin/host/keys', '/runtime/webhooks/x', '/.auth/me', '//admin', '/admin?code=1']
      for (const path of refused) {
        expect(pattern.test(`https://api.example.com:443${path}`), path).toBe(true)
        expect(pattern.test(path), path).toBe(true)
      }
      const routes = services.flatMap((service): string[] => names.services[service].routes)
      for (const path of [...routes, '/administrators', '/api/admin']) {
        expect(pattern.test(`https://api.example.com:443${path}`), path).toBe(false)
      }
      expect([paths.action, flood.action]).toEqual(['Block', 'Block'])
      expect(flood.rateLimitThreshold / flood.rateLimitDurationInMinutes).toBeGreaterThanOrEqual(20_000 / 5)
    })

    it('tells somebody of each dead letter, and has a paragraph for each alert', () => {
      const alerts = [...all('Microsoft.Insights/metricAlerts'), ...all('Microsoft.Insights/scheduledQueryRules')]
      const group = one('Microsoft.Insights/actionGroups')
      expect(group.properties.emailReceivers[0].emailAddress).toBe('operators@example.com')
      for (const { name, properties } of alerts) {
        expect(properties.enabled, name).toBe(true)
        expect(JSON.stringify(properties.actions), name).toContain(group.id)
        const [, anchor] = /docs\/operations\.md#([\w-]+)$/.exec(properties.description) ?? []
        const headings = [...operations.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
          text.toLowerCase().replaceAll(' ', '-'),
        )
        expect(headings, name).toContain(anchor)
      }
      const watched = alerts.flatMap(({ properties }) =>
        (properties.criteria.allOf as { metricName?: string; dimensions?: { values: string[] }[] }[])
          .filter(({ metricName }) => metricName === 'DeadletteredMessages')
          .flatMap(({ dimensions }) => dimensions!.flatMap(({ values }) => values)),
      )
      expect(watched.sort()).toEqual(Object.keys(names.queues).sort())
    })
  })
}

const identityConnection = (name: string, where: string) => [
  ...[where, 'credential', 'clientId'].map((part) => `${name}__${part}`),
]
