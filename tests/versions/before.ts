import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const ours = '@securemailmerge'
const packages = { shared: 'shared', local: 'infra/local' }
const DAY_SECONDS = 24 * 3600

/** What git answers; empty where there is no history, or no such thing. */
function git(...args: string[]): string {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/**
 * The version before: the newest tag that is not what is checked out, since every version that was deployed has one; else
 * the last change of the services that is a day older. Undefined without history.
 */
export function versionBefore(): string | undefined {
  const tag = git('describe', '--tags', '--abbrev=0', 'HEAD^')
  if (tag) return tag
  const at = Number(git('show', '--no-patch', '--format=%ct', 'HEAD'))
  const old = git('log', '-1', '--format=%h', `--before=${at - DAY_SECONDS}`, 'HEAD', '--', 'functions', 'shared')
  return old || undefined
}

/** An earlier version, built. */
export interface Before {
  revision: string
  /** Its bundles. */
  dist: string
  close(): void
}

/**
 * Builds an earlier revision from history, by its own build, with the packages that are installed now.
 * @throws Error when there is no such revision, or it cannot be built
 */
export function buildBefore(revision: string): Before {
  const named = git('rev-parse', '--short', `${revision}^{commit}`)
  if (!named) throw new Error(`There is no revision ${revision} in this clone.`)
  const folder = mkdtempSync(join(tmpdir(), 'smm-before-'))
  const archive = execFileSync('git', ['archive', named], { cwd: root, maxBuffer: 1 << 30 })
  execFileSync('tar', ['x', '-C', folder], { input: archive })
  linkPackages(folder)
  const version = ['infra/tools/build.ts', named]
  execFileSync(process.execPath, version, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const close = () => rmSync(folder, { recursive: true, force: true })
  return { revision: named, dist: join(folder, 'dist'), close }
}

/** All packages but our own, of which it has its own. */
function linkPackages(folder: string): void {
  const [from, to] = [join(root, 'node_modules'), join(folder, 'node_modules')]
  mkdirSync(join(to, ours), { recursive: true })
  for (const name of readdirSync(from)) {
    if (name === ours || name === '.cache') continue
    symlinkSync(join(from, name), join(to, name))
  }
  for (const [name, place] of Object.entries(packages))
    if (existsSync(join(folder, place))) symlinkSync(join(folder, place), join(to, ours, name))
}
