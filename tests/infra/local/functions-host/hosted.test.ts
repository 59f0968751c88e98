import type { FunctionInput, FunctionOutput } from '@azure/functions'
import { beforeAll, expect, test } from 'vitest'
import { Core } from '../../../../infra/local/functions-host/core.ts'
import { type HostedFunction, hosted } from '../../../../infra/local/functions-host/hosted.ts'

type App = typeof import('@azure/functions').app

const core = new Core()
const settings = {
  SERVICE_BUS: 'Endpoint=sb://x',
  QUEUE: 'letters',
  EVERY: '0 0 3 * * *',
  SB__fullyQualifiedNamespace: 'x',
}
const queue = { connection: 'SERVICE_BUS', queueName: 'letters', handler: () => {} }
let app: App

beforeAll(async () => {
  core.install()
  app = (await import('@azure/functions')).app
})

/** What the host makes of the function `one` that `register` registers with the real library. */
async function registered(register: (app: App) => void): Promise<HostedFunction> {
  await core.collect('shop', async () => register(app))
  const registration = core.apps.at(-1)!.registrations.pop()!
  return hosted(registration, 'api', settings)
}

test('an HTTP function has its methods, its prefix and HEAD beside GET', async () => {
  expect(await registered(() => app.get('one', () => ({})))).toMatchObject({
    trigger: 'http',
    name: 'one',
    service: 'shop',
    methods: ['GET', 'HEAD'],
    route: 'api/one',
  })
  expect(
    await registered(() => app.http('one', { methods: ['PUT'], route: '/a/{b}', handler: () => ({}) })),
  ).toMatchObject({
    methods: ['PUT'],
    route: 'api/a/{b}',
  })
})

test('settings are put into the name of a queue and a schedule; sessions are as registered', async () => {
  expect(await registered(() => app.serviceBusQueue('one', { ...queue, queueName: 'to-%QUEUE%' }))).toMatchObject({
    trigger: 'queue',
    queue: 'to-letters',
    sessions: false,
    connection: 'Endpoint=sb://x',
  })
  expect(await registered(() => app.serviceBusQueue('one', { ...queue, isSessionsEnabled: true }))).toMatchObject({
    sessions: true,
  })
  expect(await registered(() => app.timer('one', { schedule: '%EVERY%', handler: () => {} }))).toMatchObject({
    trigger: 'timer',
    schedule: '0 0 3 * * *',
    runOnStartup: false,
    monitored: true,
  })
})

const input = { type: 'blob', name: 'in' } as FunctionInput
const output = { type: 'serviceBus', name: 'out' } as FunctionOutput

test.each<[string, (app: App) => void]>([
  ['does not support authLevel function', (app) => app.get('one', { authLevel: 'function', handler: () => ({}) })],
  [
    'does not support retry policies',
    (app) =>
      app.timer('one', {
        schedule: '0 0 3 * * *',
        retry: { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: 1 },
        handler: () => {},
      }),
  ],
  [
    'does not support the binding out of type serviceBus',
    (app) => app.get('one', { extraOutputs: [output], handler: () => ({}) }),
  ],
  [
    'does not support the binding $return of type serviceBus',
    (app) => app.timer('one', { schedule: '0 0 3 * * *', return: output, handler: () => {} }),
  ],
  [
    'does not support the binding in of type blob',
    (app) => app.get('one', { extraInputs: [input], handler: () => ({}) }),
  ],
  ['does not support cardinality many', (app) => app.serviceBusQueue('one', { ...queue, cardinality: 'many' })],
  ['does not support sdkBinding', (app) => app.serviceBusQueue('one', { ...queue, sdkBinding: true })],
  [
    'does not support autoCompleteMessages: false',
    (app) => app.serviceBusQueue('one', { ...queue, autoCompleteMessages: false }),
  ],
  [
    'does not support topics',
    (app) =>
      app.serviceBusTopic('one', {
        connection: 'SERVICE_BUS',
        topicName: 't',
        subscriptionName: 's',
        handler: () => {},
      }),
  ],
  ['does not support the trigger type warmupTrigger', (app) => app.warmup('one', { handler: () => {} })],
  ['setting NOWHERE is missing', (app) => app.serviceBusQueue('one', { ...queue, connection: 'NOWHERE' })],
  ['setting NO_QUEUE is missing', (app) => app.serviceBusQueue('one', { ...queue, queueName: '%NO_QUEUE%' })],
  ['setting NEVER is missing', (app) => app.timer('one', { schedule: '%NEVER%', handler: () => {} })],
])('refused by name: %s', async (sentence, register) => {
  await expect(registered(register)).rejects.toThrow(
    `function "one": ${sentence.startsWith('setting') ? '' : 'the local Functions host '}${sentence}`,
  )
})

test('a name that Azure does not take is refused', async () => {
  await expect(registered((app) => app.get('ünique', () => ({})))).rejects.toThrow('Azure does not take this name')
})

test('a name is taken once over all services, whatever its case', async () => {
  const again = new Core()
  const metadata = { name: 'one', bindings: {} }
  again.setProgrammingModel({} as never)
  await again.collect('shop', async () => again.registerFunction(metadata, () => {}))
  await expect(
    again.collect('desk', async () => again.registerFunction({ ...metadata, name: 'ONE' }, () => {})),
  ).rejects.toThrow('function "ONE" is registered twice, by shop and desk')
})

test('nothing is registered after start-up', () => {
  expect(() => app.get('late', () => ({}))).toThrow('function "late" is registered after start-up')
  expect(() => app.hook.preInvocation(() => {})).toThrow('hook "preInvocation" is registered after start-up')
})

test('a registration can be taken back while the service is loaded', async () => {
  await core.collect('shop', async () => app.hook.log(() => {}).dispose())
  expect(core.apps.at(-1)?.hooks.log).toEqual([])
})

test('an unknown hook is refused in the way the library understands', () => {
  expect(() => core.registerHook('whenever', () => {})).toThrow(
    expect.objectContaining({ name: 'RangeError', isAzureFunctionsSystemError: true }),
  )
})
