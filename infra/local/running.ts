import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where `npm start` keeps everything, and its first port: LOCAL_FOLDER and LOCAL_PORT, or `.local` and 4280. */
export function localPlace(env: NodeJS.ProcessEnv = process.env): { folder: string; data: string; base: number } {
  const folder = env.LOCAL_FOLDER ?? join(import.meta.dirname, '..', '..', '.local')
  const base = Number(env.LOCAL_PORT ?? 4280)
  if (!Number.isInteger(base) || base < 1024 || base > 65_000) throw new Error('LOCAL_PORT must be 1024 to 65000')
  return { folder, data: join(folder, 'data'), base }
}

/** A system that uses a folder. */
export interface Running {
  pid: number
  origin: string
}

const fileOf = (folder: string) => join(folder, 'running.json')

/** The system that uses this folder now, or undefined. */
export function running(folder: string): Running | undefined {
  try {
    const found = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Running
    // Throws when there is no such process: the file of one that was killed means nothing.
    process.kill(found.pid, 0)
    return found
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
