import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import hostJson from '../../host.json' with { type: 'json' }
import parameters from '../../infra/main.parameters.json' with { type: 'json' }
import { build, findCompiler, predict, type Resource } from '../../infra/tools/bicep-compiler.ts'
import { checkSyntax } from '../../infra/tools/bicep-grammar.ts'
import { type Service, settingsOf } from '../../shared/config.ts'
import names from '../../shared/names.json' with { type: 'json' }
import { SESSIONS } from '../../shared/purchasing/event.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'infra', 'main.bicep')
const sources = globSync('infra/**/*.bicep', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))
const operations = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
const services = Object.keys(names.services) as Service[]
const operatorsGroupId = '00000000-0000-4000-8000-000000000004'
/** Parameters that hold a secret, and the secret that each becomes. */
const secrets = {
  proofKey: 'proof-key',
  stripeKey: 'stripe-key',
  stripeWebhookSecret: 'stripe-webhook-secret',
  stripePreviousSecret: 'stripe-previous-secret',
  grantKeys: 'grant-keys',
}
/** The secret behind each setting that refers to one. */
const secretOf: Record<string, string> = {
  PROOF_KEY: 'proof-key',
  STRIPE_KEY: 'stripe-key',
  STRIPE_WEBHOOK_SECRET: 'stripe-webhook-secret',
  STRIPE_PREVIOUS_SECRET: 'stripe-previous-secret',
  GRANT_KEYS: 'grant-keys',
}
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

  it('take secrets as secure parameters only, each empty unless it is given', () => {
    const text = readFileSync(main, 'utf8')
    const secure = [...text.matchAll(/^@secure\(\)\nparam (\w+) string = ''$/gm)].map(([, name]) => name)
    expect(secure.sort()).toEqual(Object.keys(secrets).sort())
    expect(text.match(/^@secure\(\)/gm)).toHaveLength(secure.length)
  })

  it('ask the logs only for lines and fields that there are, in alerts and in the runbook', () => {
    const log = readFileSync(join(root, 'shared', 'log.ts'), 'utf8')
    const events = [...log.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, event]) => event)
    const fields = [...log.matchAll(/^ {2}(\w+)\?: /gm)].map(([, field]) => field)
    const queries = [
      ...globSync('infra/modules/*.kql', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8')),
      ...[...operations.matchAll(/```kusto\n([^`]+)```/g)].map(([, text = '']) => text),
    ]
    expect(queries.length).toBeGreaterThan(10)
    const read = queries.flatMap((query) =>
      [...query.matchAll(/\b(?:line|parse_json\(Message\))\.(\w+)/g)].map(([, field]) => field),
    )
    const named = queries.flatMap((query) =>
      [...query.matchAll(/["']([a-z]+(?:_[a-z]+)+)["']/g)].map(([, name]) => name),
    )
    expect(read.filter((field) => !['event', ...fields].includes(field))).toEqual([])
    expect(named.filter((name) => !events.includes(name))).toEqual([])
    expect(named).toEqual(expect.arrayContaining(['event_stored', 'purchase_settled', 'request_failed']))
    const settle = readFileSync(join(root, 'shared', 'purchasing', 'settle.ts'), 'utf8')
    const waiting = readFileSync(join(root, 'infra', 'modules', 'purchase-waiting.kql'), 'utf8')
    const [, reason] = /reason != ('[^']+')/.exec(waiting) ?? []
    expect(settle).toContain(`note('parked', { about, reason: ${reason} })`)
  })

  it('let one instance look at as many purchases at once as the whole system does, and never wait for a quiet session', () => {
    const { maxConcurrentSessions, sessionIdleTimeout } = hostJson.extensions.serviceBus as Record<string, unknown>
    expect([maxConcurrentSessions, sessionIdleTimeout]).toEqual([SESSIONS, '00:00:05'])
    // One host.json for all services: on one machine they run in one host, which reads no other.
    expect(globSync('functions/*/host.json', { cwd: root })).toEqual([])
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
    const given = {
      ...{ environmentName: 'test', location: 'westeurope', publicHost: 'api.example.com' },
      ...{ licensingApiClientId: 'api', sendingApiClientId: 'sending' },
      ...{ addInClientId: 'add-in', portalClientId: 'portal' },
      ...{ operatorsGroupId, alertsAddress: 'operators@example.com' },
    }
    const stripePreviousUntil = '2027-03-01T12:00:00Z'
    let resources: Resource[]
    let rotating: Resource[]
    beforeAll(() => {
      resources = predict(compiler, main, given)
      rotating = predict(compiler, main, { ...given, stripePreviousUntil })
    }, 180_000)

    const all = (type: string, from = resources) => from.filter((one) => one.type.toLowerCase() === type.toLowerCase())
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
        const { maxDeliveryCount, requiresSession } = properties
        const sessions = requiresSession ? { sessions: true } : {}
        return [last(name), { lockSeconds, maxDeliveryCount, timeToLiveSeconds, ...sessions }]
      })
      expect(Object.fromEntries(queues)).toEqual(names.queues)
      expect(queues.filter(([, queue]) => 'sessions' in (queue as object)).map(([name]) => name)).toEqual(['purchases'])
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
      const scale = Object.fromEntries(
        sites.map((site) => [serviceOf(site), site.properties.functionAppConfig.scaleAndConcurrency]),
      )
      const size = (maximumInstanceCount: number, ready?: string) => ({
        ...{ instanceMemoryMB: 2048, maximumInstanceCount },
        alwaysReady: ready === undefined ? [] : [{ name: ready, instanceCount: 1 }],
      })
      expect(scale).toEqual({
        'licence-lookup': size(100, 'http'),
        'seat-assignment': size(40),
        'purchase-webhooks': size(40, 'http'),
        'merge-send-queue': size(100, 'function:take_turn'),
      })
      // A name that no function has would keep nothing ready, and say nothing.
      const registered = readFileSync(join(root, 'functions', 'merge-send-queue', 'index.ts'), 'utf8')
      expect(registered).toContain("app.serviceBusQueue('take_turn'")
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
      for (const site of all('Microsoft.Web/sites', rotating)) {
        const read = settingsOf[serviceOf(site)].flatMap((name) => {
          if (name === 'SERVICE_BUS') return identityConnection(name, 'fullyQualifiedNamespace')
          // No trigger of the host's looks there.
          return [name === 'CONTENT' ? 'CONTENT__blobServiceUri' : name]
        })
        const waiting =
          serviceOf(site) === 'merge-send-queue'
            ? ['AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls']
            : []
        expect(Object.keys(settings(site)).sort()).toEqual([...read, ...host, ...waiting].sort())
        for (const [name, secret] of Object.entries(secretOf)) {
          if (name in settings(site)) expect(settings(site)[name]).toContain(`.outputs.references.value['${secret}']]`)
        }
        const { PUBLIC_ORIGIN, ADD_IN_CLIENT_ID, PORTAL_CLIENT_ID, ...others } = settings(site)
        expect(PUBLIC_ORIGIN).toBe('https://api.example.com')
        expect([ADD_IN_CLIENT_ID, PORTAL_CLIENT_ID]).toEqual(['add-in', 'portal'])
        const audience =
          serviceOf(site) === 'merge-send-queue'
            ? { SENDING_API_CLIENT_ID: 'sending' }
            : { LICENSING_API_CLIENT_ID: 'api' }
        expect(others).toMatchObject(audience)
      }
    })

    it('keeps content in the account of the service that sends, and forgets there what nobody reads', () => {
      const site = all('Microsoft.Web/sites').find((one) => serviceOf(one) === 'merge-send-queue')!
      const account = settings(site).AzureWebJobsStorage__accountName!
      expect(settings(site).CONTENT__blobServiceUri).toBe(
        `[format('https://{0}.blob.{1}', '${account}', environment().suffixes.storage)]`,
      )
      const containers = all('Microsoft.Storage/storageAccounts/blobServices/containers').map(({ name }) => name)
      expect(containers.filter((name) => name.endsWith('/content'))).toEqual([`${account}/default/content`])
      const policy = one('Microsoft.Storage/storageAccounts/managementPolicies')
      expect(policy.name).toBe(`${account}/default`)
      const [rule, ...others] = policy.properties.policy.rules
      expect(others).toEqual([])
      expect(rule.definition.filters.prefixMatch).toEqual(['content/'])
      expect(rule.definition.actions).toEqual({ baseBlob: { delete: { daysAfterLastAccessTimeGreaterThan: 60 } } })
      for (const { name, properties } of all('Microsoft.Storage/storageAccounts/blobServices')) {
        const isWatched = name === `${account}/default`
        expect(properties, name).toEqual({
          ...{ deleteRetentionPolicy: { enabled: false }, isVersioningEnabled: false },
          lastAccessTimeTrackingPolicy: { enable: isWatched },
        })
      }
    })

    it('gives no app a previous secret of the seller while there is none', () => {
      const names = (from: Resource[]) =>
        all('Microsoft.Web/sites', from).flatMap((site) => Object.keys(settings(site)))
      expect(names(rotating)).toContain('STRIPE_PREVIOUS_SECRET')
      expect(names(resources).sort()).toEqual(
        names(rotating)
          .filter((name) => name !== 'STRIPE_PREVIOUS_SECRET')
          .sort(),
      )
    })

    it.each(Object.entries(secrets))(
      'keeps %s out of everything but the vault, and there as it is when empty',
      (parameter, secret) => {
        const holders = rotating.filter((resource) =>
          JSON.stringify(resource.properties ?? {}).includes(`parameters('${parameter}')`),
        )
        expect(holders.map(({ type, name }) => [type, last(name)])).toEqual([
          ['Microsoft.KeyVault/vaults/secrets', secret],
        ])
        expect(holders[0]).toHaveProperty('condition', `[not(empty(parameters('${parameter}')))]`)
      },
    )

    it('says at each secret of the seller and at the keys of grants how they are rotated, and when at the latest', () => {
      const kept = Object.fromEntries(
        all('Microsoft.KeyVault/vaults/secrets', rotating).map((secret) => [last(secret.name), secret]),
      )
      const headings = headingsOf(operations)
      const notes = Object.entries(kept).flatMap(([name, secret]) => {
        const { rotate = '' } = (secret as { tags?: { rotate?: string } }).tags ?? {}
        const [, anchor] = /^docs\/operations\.md#([\w-]+)$/.exec(rotate) ?? []
        return anchor ? [[name, headings.includes(anchor)]] : []
      })
      expect(Object.fromEntries(notes)).toEqual({
        'stripe-key': true,
        'stripe-webhook-secret': true,
        'stripe-previous-secret': true,
        'grant-keys': true,
      })
      expect(kept['grant-keys']?.properties.attributes.exp).toBe("[dateTimeToEpoch(dateTimeAdd(utcNow(), 'P1M'))]")
      for (const name of ['stripe-key', 'stripe-webhook-secret']) {
        expect(kept[name]?.properties.attributes.exp).toBe("[dateTimeToEpoch(dateTimeAdd(utcNow(), 'P1Y'))]")
      }
      const previous = kept['stripe-previous-secret']!.properties
      expect(previous.attributes.exp).toBe(Date.parse(stripePreviousUntil) / 1000)
      expect(previous.value).toBe(
        `[string(createObject('secret', parameters('stripePreviousSecret'), 'until', '${stripePreviousUntil}'))]`,
      )
    })

    /** Who may what, as lines: who, role, on what. */
    const rights = (from = resources) => {
      const who = (principal: string) => {
        if (principal === operatorsGroupId) return 'operators'
        const index = /'identities-\{0\}-\{1\}', (\d+),/.exec(principal)?.[1]
        expect(principal).toMatch(/\.outputs\.principalId\.value\]$/)
        return serviceOf(all('Microsoft.Web/sites', from)[Number(index)]!)
      }
      const onAzure = all('Microsoft.Authorization/roleAssignments', from).map(({ id, properties }) => {
        const role = /^\[roleDefinitions\('(.+)'\)\.id\]$/.exec(properties.roleDefinitionId)?.[1]
        const scope = /^\[extensionResourceId\('([^']+)'/.exec(id)?.[1] ?? 'the resource group'
        if (scope === 'the resource group') expect(id).toMatch(/^\[resourceId\('[^']+', '[^']+', 'Microsoft\.Auth/)
        expect(properties.principalType).toBe(
          properties.principalId === operatorsGroupId ? 'Group' : 'ServicePrincipal',
        )
        return `${who(properties.principalId)}: ${role} on ${onWhat(scope)}`
      })
      const onCosmos = all('Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments', from).map(({ properties }) => {
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
      return ['queues', 'secrets', 'storageAccounts', 'containers'].includes(kind!) ? `${kind} ${name}` : kind
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
        ...Object.keys(names.containers)
          .filter((name) => name !== 'mailbox-grants')
          .map((name) => `operators: Cosmos data reader on container ${name}`),
      ]
      const keeping = 'merge-send-queue: Storage Blob Data Contributor on containers content'
      const opened = [
        'merge-send-queue grant-keys',
        'licence-lookup proof-key',
        'purchase-webhooks stripe-key',
        'purchase-webhooks stripe-webhook-secret',
      ]
      const previous = 'purchase-webhooks stripe-previous-secret'
      const opening = (line: string) => line.replace(' ', ': Key Vault Secrets User on secrets ')
      expect(rights()).toEqual([...wanted, ...operators, keeping, ...opened.map(opening)].sort())
      expect(rights(rotating)).toEqual([...rights(), opening(previous)].sort())
      expect(new Set(services.map(storage)).size).toBe(all('Microsoft.Storage/storageAccounts').length)
    })

    it('F40 lets one identity read what opens the seller, and that is the one that talks to it', () => {
      const readers = rights(rotating).filter((line) => line.includes('on secrets stripe-'))
      expect(readers).toHaveLength(3)
      expect(readers.filter((line) => !line.startsWith('purchase-webhooks: Key Vault Secrets User'))).toEqual([])
      expect(rights(rotating).filter((line) => /Key Vault/.test(line) && !/ on secrets /.test(line))).toEqual([])
      const given = all('Microsoft.Web/sites', rotating).filter((site) => 'STRIPE_KEY' in settings(site))
      expect(given.map(serviceOf)).toEqual(['purchase-webhooks'])
    })

    it('F24 lets the service that sends read mailbox grants, their keys and content, and nobody else, operators included', () => {
      const sender = all('Microsoft.Web/sites').find((site) => serviceOf(site) === 'merge-send-queue')!
      const account = settings(sender).AzureWebJobsStorage__accountName!
      const on = RegExp(`container (mailbox-grants|sending)$|secrets grant-keys$|containers content$|${account}$`)
      expect(rights().filter((line) => on.test(line))).toEqual([
        'merge-send-queue: Cosmos data contributor on container mailbox-grants',
        'merge-send-queue: Cosmos data contributor on container sending',
        'merge-send-queue: Key Vault Secrets User on secrets grant-keys',
        'merge-send-queue: Storage Blob Data Contributor on containers content',
        `merge-send-queue: Storage Blob Data Owner on storageAccounts ${account}`,
        'operators: Cosmos data reader on container sending',
      ])
      // Nor by a right on something larger.
      const larger = /container undefined|(Storage|Key Vault) .* on (the resource group|vaults|storageAccounts$)/
      expect(rights().filter((line) => larger.test(line))).toEqual([])
    })

    it('H4 lets the service that sends read nothing about licences', () => {
      const own = rights().filter((line) => line.startsWith('merge-send-queue: Cosmos'))
      expect(own.map((line) => last(line.replaceAll(' ', '/')))).toEqual(['mailbox-grants', 'operations', 'sending'])
    })

    it('lets what assigns and what sells write subscriptions, and nothing else', () => {
      const writers = rights().filter((line) => line.endsWith('Cosmos data contributor on container subscriptions'))
      expect(writers.map((line) => line.split(':')[0])).toEqual(['purchase-webhooks', 'seat-assignment'])
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
        expect(headingsOf(operations), name).toContain(anchor)
      }
      const watched = alerts.flatMap(({ properties }) =>
        (properties.criteria.allOf as { metricName?: string; dimensions?: { values: string[] }[] }[])
          .filter(({ metricName }) => metricName === 'DeadletteredMessages')
          .flatMap(({ dimensions }) => dimensions!.flatMap(({ values }) => values)),
      )
      expect(watched.sort()).toEqual(Object.keys(names.queues).sort())
    })

    it('wakes somebody for what costs people money, licences or mails, and leaves the rest for the morning', () => {
      const alerts = [...all('Microsoft.Insights/metricAlerts'), ...all('Microsoft.Insights/scheduledQueryRules')]
      const of = (severity: number) =>
        alerts
          .filter(({ properties }) => properties.severity === severity)
          .map(({ name }) => name.replace(/^smm-test-\w{6}-/, ''))
      expect(of(1).sort()).toEqual([
        ...['address-failing', 'dead-letters-purchases', 'dead-letters-ticks', 'grant-foreign', 'look-up-failing'],
        ...['mailboxes-waiting', 'purchase-waiting', 'sent-while-stopped', 'store-restored'],
      ])
      const morning = ['purchase-parked', 'purchases-mended', 'events-refused', 'purchases-quiet', 'campaign-stalled']
      expect(of(3)).toEqual(expect.arrayContaining(morning))
      expect(of(1).length + of(3).length).toBe(alerts.length)
    })

    it('sees all lines in the logs, however late they come and as far as Azure looks back', () => {
      const rules = all('Microsoft.Insights/scheduledQueryRules')
      const minutes = (duration: string) => {
        const [, count, unit] = /^PT?(\d+)([MHD])$/.exec(duration) ?? []
        return Number(count) * { M: 1, H: 60, D: 1440 }[unit as 'M' | 'H' | 'D']
      }
      for (const { name, properties } of rules) {
        const [every, of] = [minutes(properties.evaluationFrequency), minutes(properties.windowSize)]
        // What Azure takes; anything else it refuses at deployment.
        expect([5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440], name).toContain(every)
        expect([5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880], name).toContain(of)
        expect(of, name).toBeGreaterThanOrEqual(every)
        const [{ query, threshold, operator, timeAggregation }] = properties.criteria.allOf
        expect({ threshold, operator, timeAggregation }, name).toEqual({
          ...{ threshold: 0, operator: 'GreaterThan', timeAggregation: 'Count' },
        })
        const file = `${name.replace(/^smm-test-\w{6}-/, '')}.kql`
        expect(query, name).toBe(readFileSync(join(root, 'infra', 'modules', file), 'utf8'))
      }
    })
  })
}

const headingsOf = (page: string) =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'))

const identityConnection = (name: string, where: string) => [
  ...[where, 'credential', 'clientId'].map((part) => `${name}__${part}`),
]
