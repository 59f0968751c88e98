import { ServiceBusClient } from '@azure/service-bus'
import { startServiceBus } from './server.ts'
const bus = await startServiceBus({ queues: { 'q-test': { lockSeconds: 30, maxDeliveryCount: 3, timeToLiveSeconds: 3600 } } })
const t = async <T>(name: string, f: () => Promise<T>) => { const a = performance.now(); const r = await f(); console.log(name, Math.round(performance.now() - a)); return r }
for (let i = 0; i < 3; i++) {
const client = new ServiceBusClient(bus.connectionString, { retryOptions: { maxRetries: 0 } })
const sender = client.createSender('q-test')
await t('send', () => sender.sendMessages({ body: 1 }))
await t('send', () => sender.sendMessages({ body: 1 }))
const r = client.createReceiver('q-test')
const ms = await t('receive', () => r.receiveMessages(2))
await t('complete', () => r.completeMessage(ms[0]!))
await t('complete', () => r.completeMessage(ms[1]!))
await t('peek', () => r.peekMessages(1))
await t('peek', () => r.peekMessages(1))
await t('receive none', () => r.receiveMessages(1, { maxWaitTimeInMs: 10 }))
const d = client.createReceiver('q-test', { receiveMode: 'receiveAndDelete' })
await t('rad none', () => d.receiveMessages(1, { maxWaitTimeInMs: 10 }))
await t('close r', () => r.close())
await t('close', () => client.close())
}
await t('bus close', () => bus.close())
