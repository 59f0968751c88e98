import { parseArgs } from 'node:util'
import { fileClock } from '../clock.ts'
import { startCosmos } from './start-cosmos.ts'

const { values } = parseArgs({
  options: { port: { type: 'string' }, data: { type: 'string' }, clock: { type: 'string' } },
})
const port = Number(values.port ?? 0)

try {
  const { clock } = values
  const cosmos = await startCosmos({ port, data: values.data, ...(clock ? { now: fileClock(clock) } : {}) })
  const stop = () => void cosmos.close().finally(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(`ready ${JSON.stringify({ port: cosmos.port, endpoint: cosmos.endpoint, key: cosmos.key })}`)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  console.error(`port ${port} is taken: stop what uses it or set LOCAL_PORT`)
  process.exit(3)
}
