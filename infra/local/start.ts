import { join, relative } from 'node:path'
import { freshPage } from '../tools/fresh-page.ts'
import { claim, localFolder, localPort, running } from './running.ts'
import { PortTaken } from './supervised.ts'
import { type System, startSystem } from './system.ts'
import { watchSources } from './watch.ts'

// npm start [-- --inspect[=port]]: everything on this machine, until Ctrl-C. See docs/local.md.
const root = join(import.meta.dirname, '..', '..')
const { folder, data } = localFolder()
const hostArgs = process.argv.slice(2).filter((argument) => argument.startsWith('--inspect'))
let asked = 0
let stop = (): void => process.exit(130)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    asked += 1
    if (asked === 1) stop()
    // Only a second Ctrl-C means "at once": the first one comes twice, from the terminal and from npm.
    else if (signal === 'SIGINT' && asked > 2) process.exit(130)
  })
}
await start()

async function start(): Promise<void> {
  const other = await running(folder)
  if (other) return fail(`It runs already (process ${other.pid}): ${other.origin}/local`, 1)
  try {
    const base = localPort()
    process.once('exit', claim(folder, `http://localhost:${base}`))
    await freshPage()
    const system = await startSystem({ base, data, hostArgs })
    const watching = watchSources(
      ['functions', 'shared'].map((name) => join(root, name)),
      (file) => void restartHost(system, relative(root, file)),
    )
    stop = () => void stopAll(system, watching)
    if (asked > 0) return stop()
    tell(system)
  } catch (error) {
    fail(firstLine(error), error instanceof PortTaken ? 3 : 1)
  }
}

function tell({ origin, addIn }: System): void {
  console.log(`
SecureMailMerge on this machine, ready in ${(performance.now() / 1000).toFixed(1)} s

  The page          ${origin}/
  This machine      ${origin}/local
  Add-in page       ${addIn}/
  API description   ${origin}/api/openapi.json

A change below functions/ or shared/ restarts the services. Ctrl-C ends everything.
`)
}

async function restartHost(system: System, file: string): Promise<void> {
  const began = performance.now()
  try {
    await freshPage()
    await system.host.restart()
    console.log(`${file} changed: the services run anew after ${Math.round(performance.now() - began)} ms`)
  } catch (error) {
    if (asked === 0) console.error(`${file} changed: ${firstLine(error)} See above.\nWaiting for the next change.`)
  }
}

async function stopAll(system: System, watching: { close(): void }): Promise<void> {
  console.log('Stopping …')
  watching.close()
  await system.stop()
  console.log('Everything has ended.')
  process.exit(0)
}

/** The reason; what a process wrote before it ended was printed already. */
function firstLine(error: unknown): string {
  return (error as Error).message.split('\n', 1)[0] as string
}

function fail(sentence: string, code: number): void {
  console.error(sentence)
  process.exit(code)
}
