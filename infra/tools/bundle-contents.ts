import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageOf } from './sbom.ts'

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>
}

/** The one file beside the services' own code and `shared/`: names of settings that nobody may deploy. */
const BESIDE = 'local.settings.sample.json'

/**
 * Files that a bundle is made of and must not be (F02): of another service, of tests, of stand-ins, or of a package that
 * only those need. It allows rather than forbids, so that what nobody thought of is found too.
 * @param inputs paths of the files, told from the root, also of those that the bundle keeps no byte of
 * @param own folder of the service
 * @param root where `package-lock.json` says which packages are for production
 */
export function foreignIn(inputs: string[], own: string, root: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const isForProduction = (folder: string) => {
    const found = packages[folder]
    return found !== undefined && !found.dev && !found.devOptional
  }
  return inputs.filter((path) => {
    const folder = packageOf(path)
    if (folder !== undefined) return !isForProduction(folder)
    return !path.startsWith(`${own}/`) && !path.startsWith('shared/') && path !== BESIDE
  })
}
