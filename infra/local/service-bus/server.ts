import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { Access, keyName } from './access.ts'
import { serveAmqp } from './amqp.ts'
import { serveControl } from './control.ts'
import { Faults } from './faults.ts'
import { openJournal } from './journal.ts'
import { Queue } from './queue.ts'
import type { QueueLimits } from './stored.ts'

/** How to start one. Without `data` nothing is kept; `queues` are further ones beside those of shared/names.json. */
export type ServiceBusOptions = {
  port?: number
  controlPort?: number
  data?: string | undefined
  now?: () => Date
  queues?: Record<string, QueueLimits>
  idleMs?: number
}

/** A running Service Bus. */
export type ServiceBus = {
  port: number
  controlPort: number
  /** For `new ServiceBusClient(…)`: carries the key. */
  connectionString: string
  queues: ReadonlyMap<string, Queue>
  faults: Faults
  close(): Promise<void>
}

/** How often, in real time, a queue looks at the clock. */
const sweepEveryMs = 50

/**
 * Starts the local Service Bus: AMQP on `port`, the control API on `controlPort` (0: any free one).
 * @throws EADDRINUSE when a port is taken
 */
export async function startServiceBus(options: ServiceBusOptions = {}): Promise<ServiceBus> {
  const { port = 0, controlPort = 0, data, now = () => new Date(), idleMs = 60_000 } = options
  const key = keyIn(data)
  const journal = openJournal(data)
  const limits: Record<string, QueueLimits> = { ...names.queues, ...options.queues }
  const queues = new Map(
    Object.entries(limits).map(([name, limit]) => [name, new Queue(name, limit, journal.of(name), now)]),
  )
  const faults = new Faults()
  const amqp = await serveAmqp({ queues, faults, access: new Access(key), now, idleMs }, port)
  const control = await serveControl({ queues, faults }, controlPort).catch(async (error) => {
    await amqp.close()
    throw error
  })
  const sweeping = setInterval(() => {
    for (const queue of queues.values()) queue.sweep()
  }, sweepEveryMs)
  return {
    port: amqp.port,
    controlPort: control.port,
    connectionString: `Endpoint=sb://127.0.0.1:${amqp.port};SharedAccessKeyName=${keyName};SharedAccessKey=${key};UseDevelopmentEmulator=true;`,
    queues,
    faults,
    async close() {
      clearInterval(sweeping)
      await Promise.all([amqp.close(), control.close()])
      journal.close()
    },
  }
}

/** The shared access key in folder `data`, made at the first start. */
function keyIn(data: string | undefined): string {
  const fresh = randomBytes(32).toString('hex')
  if (data === undefined) return fresh
  mkdirSync(data, { recursive: true })
  const path = join(data, 'service-bus.key')
  if (existsSync(path)) return readFileSync(path, 'utf8')
  writeFileSync(path, fresh, { mode: 0o600 })
  return fresh
}
