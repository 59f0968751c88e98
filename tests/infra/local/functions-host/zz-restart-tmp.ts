import { mkdtempSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceBusClient } from '@azure/service-bus'
import { startServiceBus } from '/work/main/infra/local/service-bus/server.ts'
import { runHost } from '/work/main/tests/infra/local/functions-host/run-host.ts'
const folder = mkdtempSync('/tmp/fhx/q-')
const limits = { lockSeconds: 60, maxDeliveryCount: 3, timeToLiveSeconds: 600 }
const queues = { letters: limits, parcels: limits, freight: limits }
let bus = await startServiceBus({ data: folder, queues })
for (let i = 0; i < 25; i++) {
  const host = runHost('queues', { SERVICE_BUS: bus.connectionString, LETTERS: 'letters', AZURE_LOG_LEVEL: 'verbose' })
  await host.ready()
  const wait = 80 * Math.random()
  await delay(wait)
  const { port } = bus
  await bus.close()
  await delay(500)
  const mark = host.stderr.length
  bus = await startServiceBus({ port, data: folder, queues })
  const client = new ServiceBusClient(bus.connectionString)
  for (const q of ['letters', 'parcels', 'freight']) { const s = client.createSender(q); await s.sendMessages({ body: { ms: 1 }, messageId: `${q}${i}` }); await s.close() }
  await client.close()
  const t = performance.now()
  const left = () => ['letters', 'parcels', 'freight'].filter((q) => bus.queues.get(q)!.peek('main', 0, 10).length)
  while (left().length && performance.now() - t < 90000) await delay(20)
  const ms = (performance.now() - t) | 0
  console.log(i, wait | 0, left().join() || 'ok', ms)
  if (ms > 3000) writeFileSync('/tmp/fhx/log.txt', host.stderr)
  await host.stop()
  if (ms > 3000) break
}
await bus.close(); process.exit(0)
