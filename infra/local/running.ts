import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isListening } from '../tools/free-ports.ts'

/** Where `npm start` keeps everything: LOCAL_FOLDER, or `.local`. */
export function localFolder(env: NodeJS.ProcessEnv = process.env): { folder: string; data: string } {
  const folder = env.LOCAL_FOLDER ?? join(import.meta.dirname, '..', '..', '.local')
  return { folder, data: join(folder, 'data') }
}

/** The first port of `npm start`: LOCAL_PORT, or 4280. @throws Error in a sentence when it cannot be one */
export function localPort(env: NodeJS.ProcessEnv = process.env): number {
  const base = Number(env.LOCAL_PORT ?? 4280)
  if (Number.isInteger(base) && base >= 1024 && base <= 65_000) return base
  throw new Error(`LOCAL_PORT must be a number from 1024 to 65000, and it is "${env.LOCAL_PORT}".`)
}

/** A system that uses a folder. */
export interface Running {
  pid: number
  origin: string
}

const fileOf = (folder: string) => join(folder, 'running.json')

/** The system that uses this folder now, or undefined. */
export async function running(folder: string): Promise<Running | undefined> {
  try {
    const found = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Running
    // Throws when there is no such process: the file of one that was killed means nothing.
    process.kill(found.pid, 0)
    // Its number may be somebody else's by now, as after a restart of the machine or a container.
    return (await isListening(Number(new URL(found.origin).port))) ? found : undefined
  } catch {
    return undefined
  }
}

/** Says that this process uses the folder; the function that comes back says that it does no longer. */
export function claim(folder: string, origin: string): () => void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileOf(folder), JSON.stringify({ pid: process.pid, origin } satisfies Running))
  return () => rmSync(fileOf(folder), { force: true })
}
