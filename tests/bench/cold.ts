import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildService } from '../../infra/tools/build.ts'
import type { People } from '../kit/people.ts'
import { median } from './measure.ts'

const root = join(import.meta.dirname, '..', '..')
const hostScript = join(root, 'infra', 'local', 'functions-host', 'main.ts')

/** Size of each service's bundle in kB. */
export async function bundleSizes(services: string[]): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const service of services) {
    await buildService(service)
    sizes[service] = Math.round(statSync(join(root, 'dist', service, 'index.cjs')).size / 1000)
  }
  return sizes
}

/** ms from the start of a process that runs the bundle of licence-lookup to its first licensed answer. */
export async function coldStart(people: People, times: number): Promise<number> {
  const subscriptionId = await people.grant('olivia', 1)
  await people.assign('olivia', subscriptionId, ['amir@contoso.example'])
  const headers = { authorization: `Bearer ${await people.tokenOf('amir')}` }
  const took: number[] = []
  for (let time = 0; time < times; time += 1) {
    const began = performance.now()
    const args = [hostScript, '--port', '0', '--from', 'dist', '--only', 'licence-lookup']
    const env = { ...process.env, ...people.system.settings }
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore', 'ipc'] })
    const port = await portOf(child.stdout as NodeJS.ReadableStream)
    const response = await fetch(`http://127.0.0.1:${port}/api/licence`, { headers })
    if (!response.ok) throw new Error(`the cold process answered ${response.status}`)
    took.push(performance.now() - began)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return Math.round(median(took))
}

/** The port that a host says it listens at, once it has registered everything. */
export async function portOf(output: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface({ input: output })) {
    const ready = /^ready (.*)$/.exec(line)?.[1]
    if (ready) return (JSON.parse(ready) as { port: number }).port
  }
  throw new Error('the host ended before it was ready')
}
