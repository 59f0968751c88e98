import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { buildService, bundling } from '../../infra/tools/build.ts'
import type { People } from '../kit/people.ts'
import { portOf } from './cold.ts'
import { median } from './measure.ts'

const root = join(import.meta.dirname, '..', '..')
const hostScript = join(root, 'infra', 'local', 'functions-host', 'main.ts')
const clients = join(root, 'shared', 'azure', 'clients.ts')
/** Loaded before the host: says how large the heap is when it is asked. */
const heapTeller = `data:text/javascript,${encodeURIComponent(
  'process.on("message", () => { gc(); process.send(process.memoryUsage().heapUsed) })',
)}`

/** One start of a fresh process, in ms since it began and MB of its heap after the first answer. */
export interface Start {
  registered: number
  answered: number
  heap: number
}

/** A bundle, in kB, as it is built, and with what it leaves for later done at its start. */
export interface ColdBundle {
  kilobytes: number
  asBuilt: Start
  eager: Start
}

/**
 * Starts each bundle in a fresh process on the local host, so many times, in turns with itself with eager clients; medians.
 * The host alone stands beside them: what it takes, it takes each time. Connections lead to stand-ins next door: what they
 * cost over a network is not in it.
 */
export async function coldBundles(people: People, services: string[], times: number) {
  const folder = mkdtempSync(join(tmpdir(), 'smm-cold-'))
  try {
    await buildService('clean', { functions: join(root, 'tests', 'infra', 'tools', 'services'), dist: folder })
    const alone = await starts([join(folder, 'clean')], 'clean', times, people)
    const rows: Record<string, ColdBundle> = {}
    for (const service of services) {
      const [asBuilt, eager] = [join(folder, 'as-built', service), join(folder, 'eager', service)]
      await buildService(service, { functions: join(root, 'functions'), dist: join(folder, 'as-built') })
      const entry = join(root, 'functions', service, 'index.ts')
      await build({ ...bundling(entry, join(eager, 'index.cjs'), 'dev'), plugins: [eagerClients], write: true })
      const [first, second] = await starts([asBuilt, eager], service, times, people)
      const kilobytes = Math.round(statSync(join(asBuilt, 'index.cjs')).size / 1000)
      rows[service] = { kilobytes, asBuilt: first!, eager: second! }
    }
    return { alone: alone[0]!, rows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is made at first use is made, and connected, while the service is wired: the store's account, each queue. */
const eagerClients: Plugin = {
  name: 'eager-clients',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]azure[\\/]clients\.ts$/ }, ({ path }) => {
      if (path !== clients) return undefined
      const source = readFileSync(path, 'utf8')
      const contents = source
        .replace(
          'let connected = false\n',
          'let connected = true\nvoid cosmos().getDatabaseAccount().catch(() => {})\n',
        )
        .replace(
          /queue: \(name\) =>\n[\s\S]*?\n {6}\}\),\n/,
          `queue: (name) => {
            const sender = bus().createSender(name)
            void sender.createMessageBatch().catch(() => {})
            return new Queue(name, () => sender)
          },\n`,
        )
      const isMade = contents.includes('getDatabaseAccount') && contents.includes('createMessageBatch')
      if (!isMade) throw new Error('shared/azure/clients.ts is not as this bench knows it')
      return { contents, loader: 'ts' }
    })
  },
}

/** Medians of each of these folders' starts, in turns. */
async function starts(folders: string[], service: string, times: number, people: People): Promise<Start[]> {
  const all = folders.map((): Start[] => [])
  for (let time = 0; time < times; time += 1) {
    // A B B A …, so that a noisy neighbour hits both alike.
    const order = folders.map((folder, at) => ({ folder, at }))
    for (const { folder, at } of time % 2 === 0 ? order : order.reverse())
      all[at]!.push(await start(join(folder, '..'), service, people))
  }
  const middle = (of: Start[], part: keyof Start) => median(of.map((one) => one[part]))
  return all.map((of) => ({
    registered: Math.round(middle(of, 'registered')),
    answered: Math.round(middle(of, 'answered')),
    heap: Math.round(middle(of, 'heap') * 10) / 10,
  }))
}

async function start(from: string, service: string, people: People): Promise<Start> {
  const began = performance.now()
  const args = ['--expose-gc', '--import', heapTeller, hostScript, '--port', '0', '--from', from, '--only', service]
  const env = { ...process.env, ...people.system.settings }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore', 'ipc'] })
  try {
    const port = await portOf(child.stdout as NodeJS.ReadableStream)
    const registered = performance.now() - began
    const path = service === 'clean' ? 'clean' : `${service}/ready`
    const { status } = await fetch(`http://127.0.0.1:${port}/api/${path}`)
    const answered = performance.now() - began
    if (service !== 'clean' && status !== 200) throw new Error(`${service} answered ${status}`)
    return { registered, answered, heap: (await heapOf(child)) / 1e6 }
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

async function heapOf(child: ChildProcess): Promise<number> {
  const told = once(child, 'message')
  child.send('heap')
  return Number((await told)[0])
}
