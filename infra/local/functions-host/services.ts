import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Core } from './core.ts'
import { StartFailure } from './start-failure.ts'

/** A service and the file that registers its functions. */
export type Service = { name: string; entry: string }

/**
 * The services in `folder`: its subfolders with an `index.cjs` (a bundle) or an `index.ts`.
 * @throws StartFailure when one of `only` is not among them, or there is none
 */
export function findServices(folder: string, only: string[] | undefined): Service[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  const all = names.flatMap((name) => {
    const entry = ['index.cjs', 'index.ts'].map((file) => join(folder, name, file)).find((path) => existsSync(path))
    return entry ? [{ name, entry }] : []
  })
  const missing = only?.find((name) => !all.some((service) => service.name === name))
  if (missing) throw new StartFailure(`there is no service ${missing} in ${folder}`)
  if (all.length === 0) throw new StartFailure(`there is no service in ${folder}`)
  return all.filter(({ name }) => only === undefined || only.includes(name))
}

/** Loads one service after the other. @throws StartFailure when one cannot be loaded or registers nothing */
export async function loadServices(core: Core, services: Service[]): Promise<void> {
  for (const { name, entry } of services) {
    await core
      .collect(name, () => import(pathToFileURL(entry).href))
      .catch((error) => {
        if (error instanceof StartFailure) throw error
        const reason = error instanceof Error ? error.stack : String(error)
        throw new StartFailure(`service ${name} cannot be loaded: ${reason}`, { cause: error })
      })
    if (core.apps.at(-1)?.registrations.length === 0) throw new StartFailure(`service ${name} registers no function`)
  }
}
