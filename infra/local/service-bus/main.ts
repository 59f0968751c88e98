import { parseArgs } from 'node:util'
import { fileClock } from '../clock.ts'
import { startServiceBus } from './server.ts'

// Runs the local Service Bus as a process of its own: --port N [--control-port N+1] [--data DIR] [--clock FILE].
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string' },
    data: { type: 'string' },
    clock: { type: 'string' },
  },
})
const port = Number(values.port)
const controlPort = Number(values['control-port'] ?? (port && port + 1))

try {
  const bus = await startServiceBus({
    port,
    controlPort,
    data: values.data,
    ...(values.clock !== undefined && { now: fileClock(values.clock) }),
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void bus.close().then(() => process.exit(0)))
  const { connectionString } = bus
  console.log(`ready ${JSON.stringify({ port: bus.port, controlPort: bus.controlPort, connectionString })}`)
} catch (error) {
  const { code, port: taken } = error as NodeJS.ErrnoException & { port?: number }
  if (code !== 'EADDRINUSE') throw error
  console.error(`port ${taken} is taken: stop what uses it or set LOCAL_PORT`)
  process.exit(3)
}
