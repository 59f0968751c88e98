import { parseArgs } from 'node:util'
import { fileClock } from '../clock.ts'
import { startIdentity } from './server.ts'

const { values } = parseArgs({
  options: { port: { type: 'string' }, data: { type: 'string' }, clock: { type: 'string' } },
})
const port = Number(values.port ?? 0)

try {
  const identity = await startIdentity({
    port,
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(values.clock === undefined ? {} : { now: fileClock(values.clock) }),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void identity.close().then(() => process.exit(0)))
  }
  const { authority, clientKey, portalKey } = identity
  console.log(`ready ${JSON.stringify({ port: identity.port, authority, clientKey, portalKey })}`)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  console.error(`port ${port} is taken: stop what uses it or set LOCAL_PORT`)
  process.exit(3)
}
