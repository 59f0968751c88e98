import { parseArgs } from 'node:util'
import { startBlobs } from './start-blobs.ts'

// Runs the local Blob Storage as a process of its own: --port N [--data DIR]. Blobs know no time of ours.
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, data: { type: 'string' }, clock: { type: 'string' } },
})
const port = Number(values.port)

try {
  const blobs = await startBlobs({ port, data: values.data })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void blobs.close().then(() => process.exit(0)))
  console.log(`ready ${JSON.stringify({ port: blobs.port, connectionString: blobs.connectionString })}`)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  console.error(`port ${port} is taken: stop what uses it or set LOCAL_PORT`)
  process.exit(3)
}
