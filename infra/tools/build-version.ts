import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** What git answers in a folder; empty where there is no git, no history or no such thing. */
function git(folder: string, ...args: string[]): string {
  const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/** The tag of what is checked out, else its day and commit; with `-dirty` when something was changed since. */
function described(folder: string): string {
  const tag = git(folder, 'describe', '--tags', '--exact-match', '--dirty')
  if (tag) return tag
  const [day, commit] = [
    git(folder, 'show', '--no-patch', '--format=%cs'),
    git(folder, 'describe', '--always', '--dirty', '--exclude=*'),
  ]
  return day && commit && `${day}-${commit}`
}

/**
 * How a build is called in logs, packages and deployments: as it is told, else as git calls the commit, else `dev`.
 * @throws Error when that is no name for all of these
 */
export function versionFrom(told: string | undefined, folder = root): string {
  const version = told || described(folder) || 'dev'
  if (/^[A-Za-z0-9][\w.-]{0,39}$/.test(version)) return version
  throw new Error(`"${version}" is no version: up to 40 letters, digits, dots, hyphens and underscores.`)
}
