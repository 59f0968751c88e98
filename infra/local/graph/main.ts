import { parseArgs } from 'node:util'
import { fileClock } from '../clock.ts'
import { startGraph } from './start-graph.ts'

// Runs the local Graph as a process of its own: --port N [--data DIR] [--clock FILE] [--jwks URL].
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    data: { type: 'string' },
    clock: { type: 'string' },
    jwks: { type: 'string' },
  },
})
const port = Number(values.port)

try {
  const graph = await startGraph({
    port,
    data: values.data,
    jwksUri: values.jwks,
    ...(values.clock === undefined ? {} : { now: fileClock(values.clock) }),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void graph.close().then(() => process.exit(0)))
  console.log(`ready ${JSON.stringify({ port: graph.port, origin: graph.origin, api: graph.api.href })}`)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  console.error(`port ${port} is taken: stop what uses it or set LOCAL_PORT`)
  process.exit(3)
}
