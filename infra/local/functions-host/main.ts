import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fileClock } from '../clock.ts'
import { type Host, startHost } from './host.ts'
import { StartFailure } from './start-failure.ts'

// Runs the services as a process of its own: --port N [--from DIR, `functions` or `dist`] [--only service,…].
// The settings are those of the environment; CLOCK_FILE names the clock of the machine.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    from: { type: 'string', default: 'functions' },
    only: { type: 'string' },
  },
})
const root = join(import.meta.dirname, '..', '..', '..')
const port = Number(values.port)
const clock = process.env.CLOCK_FILE

let host: Host | undefined
const received = new Set<NodeJS.Signals>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal))

/** The first signal ends the host in peace, the same one again at once: of Ctrl-C, terminal and supervisor each tell us. */
function stop(signal: NodeJS.Signals): void {
  if (received.has(signal)) process.exit(1)
  received.add(signal)
  if (received.size > 1) return
  const closed = host?.close() ?? Promise.resolve()
  void closed.catch((error) => console.error('functions: the end was not clean:', error)).then(() => process.exit(0))
}

try {
  host = await startHost({
    root,
    from: resolve(root, values.from),
    only: values.only?.split(','),
    port,
    settings: process.env,
    now: clock ? fileClock(clock) : () => new Date(),
  })
  console.log(`ready ${JSON.stringify({ port: host.port, functions: host.functions })}`)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    console.error(`port ${port} is taken: stop what uses it or set LOCAL_PORT`)
    process.exit(3)
  }
  console.error(error instanceof StartFailure ? `functions: ${error.message}` : error)
  process.exit(1)
}
