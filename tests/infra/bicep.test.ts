import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import hostJson from '../../host.json' with { type: 'json' }
import parameters from '../../infra/main.parameters.json' with { type: 'json' }
import { build, findCompiler, predict } from '../../infra/tools/bicep-compiler.ts'
import { checkSyntax } from '../../infra/tools/bicep-grammar.ts'
import { alertsIn } from '../../infra/tools/deployment/check-alerts.ts'
import { checks, findings } from '../../infra/tools/deployment/checks.ts'
import { rightsIn, tableOf } from '../../infra/tools/deployment/rights.ts'
import { breaks, tryBreaks, untried } from '../../infra/tools/deployment/self-test.ts'
import { all, given, last, serviceOf, settingsGiven, type World, worldOf } from '../../infra/tools/deployment/world.ts'
import expected from '../../infra/who-may-what.json' with { type: 'json' }
import workbook from '../../infra/workbook.json' with { type: 'json' }
import names from '../../shared/names.json' with { type: 'json' }
import { SESSIONS } from '../../shared/purchasing/event.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'infra', 'main.bicep')
const sources = globSync('infra/**/*.bicep', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))
/** The runbook: its first page, and the pages behind it. */
const operations = globSync(['docs/operations.md', 'docs/operations/*.md'], { cwd: root })
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n')
/** Parameters that hold a secret. */
const secrets = ['proofKey', 'stripeKey', 'stripeWebhookSecret', 'stripePreviousSecret', 'grantKeys']
const found = findCompiler()

const folder = mkdtempSync(join(tmpdir(), 'bicep-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const broken = join(folder, 'broken.bicep')
writeFileSync(broken, 'param location string\nvar = \n')

const workbookQueries = (workbook.items as { content: { query?: string } }[]).flatMap(
  ({ content }) => content.query ?? [],
)

describe('the sources', () => {
  it('hold no key, no connection string, no setting of a stand-in, and nothing that is fetched from a registry', () => {
    for (const { path, text } of sources) {
      const wrong = /listKeys\(|list[A-Z]\w*\(|AccountKey|SharedAccessKey|EntityPath=|STAND_INS|br\/|br:/
      expect(wrong.exec(text)?.[0], path).toBeUndefined()
    }
  })

  it('give every right on one page, and the one on apps beside it', () => {
    const giving = sources.filter(({ text }) => /roleAssignments@/i.test(text)).map(({ path }) => path)
    // An app comes after the rights that it needs to start, so the one right on apps stands beside that page.
    expect(giving.sort()).toEqual(['infra/modules/access-to-apps.bicep', 'infra/modules/access.bicep'])
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
    expect(secure.sort()).toEqual([...secrets].sort())
    expect(text.match(/^@secure\(\)/gm)).toHaveLength(secure.length)
  })

  it('ask the logs only for lines and fields that there are, in alerts and in the runbook', () => {
    const log = readFileSync(join(root, 'shared', 'log.ts'), 'utf8')
    const events = [...log.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, event]) => event)
    const fields = [...log.matchAll(/^ {2}(\w+)\?: /gm)].map(([, field]) => field)
    const queries = [
      ...globSync('infra/{modules,queries}/*.kql', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8')),
      ...workbookQueries,
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

  it('ask how switches stand in one way: all of them when somebody asks, those that are on in the picture of the day', () => {
    const saved = readFileSync(join(root, 'infra', 'queries', 'switches.kql'), 'utf8')
    const asked = saved.slice(0, saved.indexOf('| project'))
    expect(asked).toContain("(tostring(line.command) in ('stop', 'go') and tostring(line.result.outcome) == 'set')")
    expect(workbookQueries.filter((query) => query.startsWith(`${asked}| where on\n`))).toHaveLength(1)
  })

  it('let one instance look at as many purchases at once as the whole system does, and never wait for a quiet session', () => {
    const { maxConcurrentSessions, sessionIdleTimeout } = hostJson.extensions.serviceBus as Record<string, unknown>
    expect([maxConcurrentSessions, sessionIdleTimeout]).toEqual([SESSIONS, '00:00:05'])
    // One host.json for all services: on one machine they run in one host, which reads no other.
    expect(globSync('functions/*/host.json', { cwd: root })).toEqual([])
  })

  it('index every field that code asks for', () => {
    const indexed = Object.values(names.containers).flatMap((container) =>
      container.indexed.map((path) => path.slice(1, -2)),
    )
    const strings = globSync('shared/**/*.ts', { cwd: root })
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .filter((text) => text.includes('SELECT '))
      .flatMap((text) =>
        [...text.matchAll(/(["'`])(?:(?!\1)[^\n])*\bc[.[](?:(?!\1)[^\n])*\1/g)].map(([found]) => found),
      )
    const asked = strings.flatMap((text) =>
      // What is only shown needs no index, and an id always has one.
      [...text.replace(/SELECT .*? FROM/, '').matchAll(/\bc(?:\.(\w+(?:\.\w+)*)|\[["'](\w+)["']\])/g)].map(
        ([, dotted, quoted]) => (dotted ?? quoted ?? '').replace('.', '/'),
      ),
    )
    // A person is erased a few times a year: reading all then costs less than indexes that every write pays for.
    const readsAll = ['seatId', 'seats', 'owner', 'account', 'formerAccount', 'by']
    const isFound = (field: string) => field === 'id' || indexed.includes(field)
    expect(new Set(asked).size).toBeGreaterThan(10)
    expect([...new Set(asked)].filter((field) => !isFound(field)).sort()).toEqual(readsAll.sort())
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
    let worlds: World[]
    const [usual, rotating] = [() => worlds[0]!, () => worlds[1]!]
    beforeAll(() => {
      const { findings: said, template } = build(compiler, main)
      expect(said).toEqual([])
      worlds = given.map((which) => worldOf(which, template!, predict(compiler, template!, which.parameters)))
    }, 180_000)

    const one = (type: string) => {
      const [only, ...others] = all(usual(), type)
      expect(others, type).toEqual([])
      return only!
    }

    it('says what is wrong with a file', () => {
      expect(build(compiler, broken).findings.join('\n')).toMatch(/broken\.bicep:2 BCP\d+: /)
    }, 60_000)

    it.each(checks.map(({ name, protects }) => [name, protects]))('%s: %s', (name) => {
      expect(
        findings(
          worlds,
          checks.filter((check) => check.name === name),
        ),
      ).toEqual([])
    })

    it('is found broken however it is broken, and no check is there that finds nothing', () => {
      expect(breaks.length).toBeGreaterThan(120)
      expect(new Set(breaks.map((way) => way.breaks)).size).toBe(breaks.length)
      expect(tryBreaks(worlds).filter((tried) => tried.found === undefined)).toEqual([])
      expect(untried().map(({ name }) => name)).toEqual([])
      // What breaks nothing is not found, nor what cannot be done.
      const [check] = checks
      const none = [() => {}, () => expect.fail()].map((make) => ({ breaks: 'nothing', seen: check!.name, make }))
      expect(tryBreaks(worlds, none).map((tried) => tried.found)).toEqual([undefined, undefined])
    })

    it('gives the rights of the committed table, which can be made anew from it', () => {
      expect(tableOf(rightsIn(rotating()))).toEqual(expected)
    })

    it('cuts each app for its work', () => {
      const scale = Object.fromEntries(
        all(usual(), 'Microsoft.Web/sites').map((site) => {
          const { instanceMemoryMB, maximumInstanceCount } = site.properties.functionAppConfig.scaleAndConcurrency
          return [serviceOf(site), [instanceMemoryMB, maximumInstanceCount]]
        }),
      )
      expect(scale).toEqual({
        'licence-lookup': [2048, 100],
        'seat-assignment': [2048, 40],
        'purchase-webhooks': [2048, 40],
        'merge-send-queue': [2048, 100],
        'licence-portal': [2048, 40],
      })
      const concurrency = all(usual(), 'Microsoft.Web/sites').flatMap((site) => {
        const calls = settingsGiven(site).AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls
        return calls === undefined ? [] : [[serviceOf(site), calls]]
      })
      expect(concurrency).toEqual([['merge-send-queue', '100']])
      const longest = all(usual(), 'Microsoft.Web/sites').flatMap((site) => {
        const bytes = settingsGiven(site).FUNCTIONS_REQUEST_BODY_SIZE_LIMIT
        return bytes === undefined ? [] : [[serviceOf(site), bytes]]
      })
      expect(longest).toEqual([['merge-send-queue', String(31 * 1024 * 1024)]])
    })

    it('says by when secrets are changed: in a month, in a year, or at the end that was given', () => {
      const kept = Object.fromEntries(
        all(rotating(), 'Microsoft.KeyVault/vaults/secrets').map((secret) => [last(secret.name), secret.properties]),
      )
      expect(kept['grant-keys'].attributes.exp).toBe("[dateTimeToEpoch(dateTimeAdd(utcNow(), 'P1M'))]")
      for (const name of ['stripe-key', 'stripe-webhook-secret']) {
        expect(kept[name].attributes.exp).toBe("[dateTimeToEpoch(dateTimeAdd(utcNow(), 'P1Y'))]")
      }
      const until = String(rotating().given.parameters.stripePreviousUntil)
      expect(kept['stripe-previous-secret'].attributes.exp).toBe(Date.parse(until) / 1000)
      expect(kept['stripe-previous-secret'].value).toBe(
        `[string(createObject('secret', parameters('stripePreviousSecret'), 'until', '${until}'))]`,
      )
    })

    it('hears of a secret before its end, but for those that live a month', () => {
      const news = all(usual(), 'Microsoft.EventGrid/systemTopics/eventSubscriptions').map(({ properties }) => [
        properties.filter.includedEventTypes,
        properties.filter.advancedFilters[0].values,
      ])
      expect(news).toEqual([
        [['Microsoft.KeyVault.SecretNearExpiry'], ['grant-keys', 'stripe-previous-secret']],
        [['Microsoft.KeyVault.SecretExpired'], ['stripe-previous-secret']],
      ])
    })

    it('wakes somebody for what costs people money, licences or mails, and leaves the rest for the morning', () => {
      const of = (severity: number) =>
        alertsIn(usual())
          .filter((alert) => alert.severity === severity)
          .map(({ name }) => name)
      expect(of(1).sort()).toEqual([
        ...[
          'address-failing',
          'alerts-changed',
          'app-changed',
          'break-glass',
          'dead-letters-purchases',
          'dead-letters-ticks',
          'grant-foreign',
        ],
        ...['look-up-failing', 'mailboxes-waiting', 'purchase-waiting', 'sent-while-stopped', 'store-restored'],
      ])
      const morning = ['purchase-parked', 'purchases-mended', 'events-refused', 'purchases-quiet', 'campaign-stalled']
      const later = ['store-throttled', 'secrets-ending', 'secrets-ended']
      expect(of(3)).toEqual(expect.arrayContaining([...morning, ...later]))
    })

    it('sees all lines in the logs, however late they come and as far as Azure looks back', () => {
      const minutes = (duration: string) => {
        const [, count, unit] = /^PT?(\d+)([MHD])$/.exec(duration) ?? []
        return Number(count) * { M: 1, H: 60, D: 1440 }[unit as 'M' | 'H' | 'D']
      }
      for (const { name, properties } of all(usual(), 'Microsoft.Insights/scheduledQueryRules')) {
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
        const text = readFileSync(join(root, 'infra', 'modules', file), 'utf8')
        // Who deploys, and into which group, only Azure knows.
        if (text.includes('{deployer}')) expect(query, name).toContain('deployer().objectId')
        else expect(query, name).toBe(text)
      }
    })

    it('shows the day as a workbook that Azure can read', () => {
      const day = one('Microsoft.Insights/workbooks').properties
      expect(JSON.parse(day.serializedData)).toEqual(workbook)
    })
  })
}
