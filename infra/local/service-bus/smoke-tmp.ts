import { ServiceBusClient } from '@azure/service-bus'
import { startServiceBus } from './server.ts'

const bus = await startServiceBus({
  queues: { 'q-test': { lockSeconds: 30, maxDeliveryCount: 3, timeToLiveSeconds: 3600 } },
})
const client = new ServiceBusClient(bus.connectionString, { retryOptions: { maxRetries: 0 } })
const sender = client.createSender('q-test')
const receiver = client.createReceiver('q-test')
const t = async (name: string, f: () => Promise<unknown>) => {
  const a = Date.now()
  try {
    console.log(name, await f(), Date.now() - a, 'ms')
  } catch (e) {
    console.log(name, 'ERR', (e as any).code, (e as Error).message, Date.now() - a)
  }
}
await t('send', async () => {
  for (let k = 0; k < 10; k++) await sender.sendMessages(Array.from({ length: 500 }, (_, i) => ({ body: k * 500 + i })))
})
let ms: any[] = []
await t('rec', async () => (ms = await receiver.receiveMessages(3000)).length)
await t('complete', async () => {
  await Promise.all(ms.map((m) => receiver.completeMessage(m)))
})
await t('rec', async () => (ms = await receiver.receiveMessages(3000)).length)
await t('complete', async () => {
  await Promise.all(ms.map((m) => receiver.completeMessage(m)))
})
console.log(bus.queues.get('q-test')!.peek('main', 0, 1e9).length)
await t('rec', async () => (ms = await receiver.receiveMessages(100)).length)
console.log(ms.map((m) => m.body + '/' + m.deliveryCount).join(' '))
await t('complete', async () => {
  await Promise.all(ms.map((m) => receiver.completeMessage(m)))
})
await t('rec', async () => (ms = await receiver.receiveMessages(3000)).length)
await t('complete', async () => {
  await Promise.all(ms.map((m) => receiver.completeMessage(m)))
})
await t('send', async () => {
  for (let k = 0; k < 10; k++) await sender.sendMessages(Array.from({ length: 500 }, (_, i) => ({ body: k * 500 + i })))
})
let n = 0
const start = Date.now()
const subs = Array.from({ length: 8 }, () => client.createReceiver('q-test'))
await new Promise<void>((resolve) =>
  subs.map((s) =>
    s.subscribe(
      {
        processMessage: async (m) => {
          await new Promise((r) => setTimeout(r, 5))
          await s.completeMessage(m)
          if (++n === 5000) resolve()
        },
        processError: async (e) => console.log(e.error),
      },
      { maxConcurrentCalls: 500, autoCompleteMessages: false },
    ),
  ),
)
console.log('5000 in', Date.now() - start)
await t('close', () => client.close())
await t('bus close', () => bus.close())
