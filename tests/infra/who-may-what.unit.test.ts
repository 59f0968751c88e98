import { describe, expect, it } from 'vitest'
import { deviations, differences } from '../../infra/tools/deployment/check.ts'
import { rightsOf, sentences } from '../../infra/tools/deployment/rights.ts'
import { functionsIn } from '../../infra/tools/deployment/world.ts'
import table from '../../infra/who-may-what.json' with { type: 'json' }
import { type Service, settingsOf } from '../../shared/config.ts'
import names from '../../shared/names.json' with { type: 'json' }

const services = Object.keys(settingsOf) as Service[]
const rights = rightsOf(table)
const on = (what: RegExp) => sentences(rights.filter((one) => what.test(one.on)))

describe('the table of who may what', () => {
  it('lets each service do what names.json says, and what every service needs, and nothing else', () => {
    const secretsOf: Partial<Record<Service, string[]>> = {
      'licence-lookup': ['proof-key'],
      'purchase-webhooks': ['stripe-key', 'stripe-webhook-secret', 'stripe-previous-secret'],
      'merge-send-queue': ['grant-keys'],
    }
    const wanted = services.flatMap((service) => {
      const { reads, writes, sends, handles } = names.services[service]
      return [
        ...reads.map((container) => `${service} has Cosmos DB Built-in Data Reader on container ${container}`),
        ...writes.map((container) => `${service} has Cosmos DB Built-in Data Contributor on container ${container}`),
        ...sends.map((queue) => `${service} has Azure Service Bus Data Sender on queue ${queue}`),
        ...handles.map((queue) => `${service} has Azure Service Bus Data Owner on queue ${queue}`),
        ...(secretsOf[service] ?? []).map((secret) => `${service} has Key Vault Secrets User on secret ${secret}`),
        `${service} has Storage Blob Data Owner on storage account of ${service}`,
        `${service} has Monitoring Metrics Publisher on Application Insights`,
      ]
    })
    const content = 'merge-send-queue has Storage Blob Data Contributor on blobs content of merge-send-queue'
    const found = sentences(rights.filter(({ who }) => (services as string[]).includes(who)))
    expect(found).toEqual([...wanted, content].sort())
  })

  it('lets operators see what design.md says, act by messages, and stop what runs', () => {
    const seen = Object.keys(names.containers).filter(
      (container) => !['mailbox-grants', 'sessions'].includes(container),
    )
    expect(sentences(rights.filter(({ who }) => who === 'operators'))).toEqual(
      [
        ...seen.map((container) => `operators has Cosmos DB Built-in Data Reader on container ${container}`),
        ...services.map((service) => `operators has Website Contributor on Function App of ${service}`),
        'operators has Azure Service Bus Data Owner on all queues',
        'operators has Log Analytics Reader on the logs',
        'operators has Monitoring Contributor on the resource group',
        'operators has Reader on the resource group',
      ].sort(),
    )
  })

  it('gives the group for emergencies the way to more, and nothing before it is taken', () => {
    expect(sentences(rights.filter(({ who }) => who === 'break-glass'))).toEqual([
      'break-glass has DocumentDB Account Contributor on the Cosmos account',
    ])
  })

  it('F40 lets one identity open what opens the seller, and that is the one that talks to it', () => {
    expect(new Set(rights.filter((one) => one.on.startsWith('secret stripe-')).map(({ who }) => who))).toEqual(
      new Set(['purchase-webhooks']),
    )
  })

  it('F24 lets the service that sends read mailbox grants, their keys and content, and nobody else', () => {
    const own = /^container mailbox-grants$|^secret grant-keys$|^blobs|^storage account of merge-send-queue$/
    expect(on(own).filter((line) => !line.startsWith('merge-send-queue '))).toEqual([])
    expect(on(own)).toHaveLength(4)
  })

  it('H2, H4 lets licence-lookup change nothing, and merge-send-queue read nothing about licences', () => {
    expect(sentences(rights.filter(({ who, role }) => who === 'licence-lookup' && /Contributor/.test(role)))).toEqual(
      [],
    )
    const read = rights.filter((one) => one.who === 'merge-send-queue' && one.on.startsWith('container '))
    expect(read.map((one) => one.on)).toEqual([
      'container mailbox-grants',
      'container operations',
      'container sending',
      'container sessions',
    ])
  })

  it('F16 lets the page alone make sessions, which every service reads, and gives it nothing else', () => {
    const writers = rights.filter((one) => one.on === 'container sessions' && /Contributor/.test(one.role))
    expect(writers.map(({ who }) => who)).toEqual(['licence-portal'])
    const readers = rights.filter((one) => one.on === 'container sessions' && /Reader/.test(one.role))
    expect(readers.map(({ who }) => who)).toEqual(services.filter((service) => service !== 'licence-portal'))
    const own = rights.filter(({ who }) => who === 'licence-portal').map((one) => one.on)
    expect(own).toEqual(['Application Insights', 'container sessions', 'storage account of licence-portal'])
  })

  it('lets what assigns and what sells write subscriptions, and nobody else', () => {
    const writers = rights.filter((one) => one.on === 'container subscriptions' && /Contributor/.test(one.role))
    expect(writers.map(({ who }) => who).sort()).toEqual(['purchase-webhooks', 'seat-assignment'])
  })
})

describe('what checks read', () => {
  it('finds functions, their queues and sessions as index.ts registers them', () => {
    const source = `
app.get('show_one', { route: 'one/{id}', handler: showOne(services) })
app.serviceBusQueue('take_turn', { connection, queueName: 'ticks', handler: takeTurn(services) })
app.serviceBusQueue('apply_purchase', {
  connection,
  queueName: 'purchases',
  isSessionsEnabled: true,
  handler: applyPurchase(services),
})
app.timer('sweep', { schedule: '0 * * * * *', handler: sweep(services) })
`
    expect(functionsIn(source)).toEqual([
      { name: 'show_one' },
      { name: 'take_turn', queue: 'ticks', sessions: false },
      { name: 'apply_purchase', queue: 'purchases', sessions: true },
      { name: 'sweep' },
    ])
  })

  it('tells differences and deviations in words', () => {
    expect(differences(['a', 'b'], ['b', 'c'], 'too many', 'too few')).toEqual(['too many: a', 'too few: c'])
    expect(deviations('the store', { keys: true, tls: '1.2' }, { keys: false, tls: /^1\.[23]$/ })).toEqual([
      'the store: keys is true, not false',
    ])
    expect(deviations('nothing', undefined, { keys: false })).toEqual(['nothing: keys is not set, not false'])
  })
})
