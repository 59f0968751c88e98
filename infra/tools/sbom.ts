import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** What a package says of itself. Old ones name their licences in a list. */
interface Manifest {
  name: string
  version: string
  license?: string
  licenses?: { type: string }[]
}

/** The folder of the package that a file of a bundle comes from; undefined for our own. */
export const packageOf = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]

/** Folders of the packages of which a bundle holds at least a byte; what was shaken off is not in it. */
export const packagesIn = ({ outputs }: Metafile): string[] => {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs))
  const held = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [packageOf(path)] : []))
  return [...new Set(held)].filter((folder) => folder !== undefined)
}

/** Licences that a package says in its README alone, read by a person; of another version they have to be read again. */
const readByHand: Record<string, string> = { 'semaphore@1.1.0': 'MIT' }

/** A licence by its id, or an expression of several. */
function licencesOf({ name, version, license, licenses }: Manifest) {
  const said = license ?? licenses?.map(({ type }) => type).join(' OR ') ?? readByHand[`${name}@${version}`]
  if (!said) throw new Error(`${name} says no licence: may it be shipped?`)
  return [/^[\w.+-]+$/.test(said) ? { license: { id: said } } : { expression: said }]
}

function component(manifest: Manifest) {
  const { name, version } = manifest
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return { type: 'library', 'bom-ref': purl, name, version, licenses: licencesOf(manifest), purl }
}

/**
 * What a bundle is made of beside our own code: a bill of materials as CycloneDX 1.6 has it. No time and no random number
 * is in it, and its order is that of names: the same bundle has the same bill.
 * @param sha256 hash of the bundle that it is about
 * @param folders of the packages in it, below `root`
 * @throws Error when a package does not say its licence
 */
export function bill(service: string, version: string, sha256: string, folders: string[], root: string) {
  const manifests = folders.map(
    (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
  )
  // The same version of a package can lie in two places.
  const components = new Map(manifests.map((manifest) => [`${manifest.name}@${manifest.version}`, component(manifest)]))
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': service,
        name: service,
        version,
        hashes: [{ alg: 'SHA-256', content: sha256 }],
      },
    },
    components: [...components].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  }
}
