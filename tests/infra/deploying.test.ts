import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { buildService } from '../../infra/tools/build.ts'

const root = join(import.meta.dirname, '..', '..')
const tools = ['bash', 'git', 'jq', 'zip', 'sha256sum']
/** The scripts are for the machine that deploys; where its tools are, they are run. */
const canRun = tools.every((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0)

/** What stands in for the programs that reach outside: each writes down how it was called. */
const programs = {
  npm: '',
  sleep: '',
  curl: 'printf %s "$STATUS"',
  az: 'if [ "$1" = group ]; then printf "$GROUPS_FOUND"; fi',
  gh: `case "$1 $2" in
    "release view")
      if [ "\${4:-}" = --json ]; then jq --raw-output --arg tag "$3" '.[] | select(.tagName == $tag) | .isPrerelease' releases.json
      else grep --quiet "\\"$3\\"" releases.json; fi ;;
    "release list") jq --raw-output "\${@: -1}" releases.json ;;
    "release download") cp -r ../packages-of-then packages ;;
  esac`,
}

let folder = ''
const path = (...parts: string[]) => join(folder, ...parts)
const calls = () => (existsSync(path('calls')) ? readFileSync(path('calls'), 'utf8').trim().split('\n') : [])

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploying-'))
  for (const part of ['bin', 'here', 'temp']) mkdirSync(path(part))
  for (const [name, does] of Object.entries(programs)) {
    writeFileSync(path('bin', name), `#!/usr/bin/env bash\necho "${name} $*" >> "$CALLS"\n${does}\n`)
    chmodSync(path('bin', name), 0o755)
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a step as GitHub would. */
function run(workflow: string, job: string, step: string, env: Record<string, string>, cwd = path('here')) {
  const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', `${workflow}.yml`), 'utf8'))
  const { run: script } = jobs[job].steps.find(({ name }: { name?: string }) => name?.startsWith(step))
  const given = { CALLS: path('calls'), RUNNER_TEMP: path('temp'), GITHUB_OUTPUT: path('output'), GITHUB_SHA: 'abc' }
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    env: { PATH: `${path('bin')}:${process.env.PATH}`, GITHUB_RUN_ID: '7', ...given, ...env },
    encoding: 'utf8',
    timeout: 30_000,
  })
}

const release = (tagName: string, day: number, isPrerelease: boolean) => ({
  tagName,
  isPrerelease,
  publishedAt: `2027-01-${String(day).padStart(2, '0')}T00:00:00Z`,
})

describe.skipIf(!canRun)('the scripts of the deployment', () => {
  it('make one package for each service, whole, with its bill and one version', async () => {
    const folders = { functions: join(root, 'tests', 'infra', 'tools', 'services'), dist: path('here', 'dist') }
    await buildService('clean', folders, 'v1.2')
    expect(run('deploy', 'build', 'One package', {})).toMatchObject({ status: 0, stderr: '' })
    const files = ['SHA256SUMS', 'clean.sbom.json', 'clean.zip']
    expect(readdirSync(path('here', 'packages')).sort()).toEqual(files)
    expect(readFileSync(path('output'), 'utf8')).toBe('version=v1.2\n')
    const sums = readFileSync(path('here', 'packages', 'SHA256SUMS'), 'utf8')
    expect([...sums.matchAll(/ {2}(.+)$/gm)].map(([, file]) => file)).toEqual(['clean.sbom.json', 'clean.zip'])
    const listed = spawnSync('zip', ['--show-files', path('here', 'packages', 'clean.zip')], {
      encoding: 'utf8',
    }).stdout
    for (const file of readdirSync(join(folders.dist, 'clean'))) expect(listed).toContain(`  ${file}\n`)
  })

  it('make none that nobody has committed', async () => {
    const folders = { functions: join(root, 'tests', 'infra', 'tools', 'services'), dist: path('here', 'dist') }
    await buildService('clean', folders, 'v1.2-dirty')
    expect(run('deploy', 'build', 'One package', {})).toMatchObject({
      status: 1,
      stderr: 'the checks changed files: v1.2-dirty\n',
    })
    expect(existsSync(path('output'))).toBe(false)
  })

  it('make none of a folder that was changed since it was built', async () => {
    const folders = { functions: join(root, 'tests', 'infra', 'tools', 'services'), dist: path('here', 'dist') }
    await buildService('clean', folders, 'v1.2')
    writeFileSync(path('here', 'dist', 'clean', 'index.cjs'), 'something else')
    expect(run('deploy', 'build', 'One package', {}).status).not.toBe(0)
    expect(existsSync(path('output'))).toBe(false)
  })

  it('keep the last ten versions, and of those that were only tried out as many', () => {
    const days = Array.from({ length: 12 }, (_, at) => at + 1)
    const releases = days.flatMap((day) => [release(`p${day}`, day, false), release(`t${day}`, day, true)])
    writeFileSync(path('here', 'releases.json'), JSON.stringify(releases))
    mkdirSync(path('here', 'packages'))
    writeFileSync(path('here', 'packages', 'a.zip'), '')
    expect(run('deploy', 'publish', 'Keep', { VERSION: 'v1.2', ONLY_A_TEST: 'true' }).status).toBe(0)
    const created =
      'gh release create v1.2 --target abc --title v1.2 --notes Built by 7. --prerelease=true packages/a.zip'
    expect(calls()).toContain(created)
    const deleted = calls().flatMap((call) => /^gh release delete (\w+) --yes$/.exec(call)?.[1] ?? [])
    expect(deleted.sort()).toEqual(['p1', 'p2', 't1', 't2'])
  })

  it('build no version a second time: one that was tried out becomes one of production', () => {
    writeFileSync(path('here', 'releases.json'), JSON.stringify([release('v1.2', 1, true)]))
    expect(run('deploy', 'publish', 'Keep', { VERSION: 'v1.2', ONLY_A_TEST: 'false' }).status).toBe(0)
    expect(calls()).toContain('gh release edit v1.2 --prerelease=false')
    expect(calls().join('\n')).not.toMatch(/release (create|delete)/)
  })

  it('deploy what is a version of main, and to production what is one of production', () => {
    const git = (...words: string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@contoso.example', ...words], { cwd: path('here') })
    git('init', '--quiet', '--initial-branch=main')
    for (const message of ['of then', 'of today']) git('commit', '--quiet', '--allow-empty', '--message', message)
    git('update-ref', 'refs/remotes/origin/main', 'main')
    git('checkout', '--quiet', '--detach', 'main~1')
    writeFileSync(path('here', 'releases.json'), JSON.stringify([release('v1.1', 1, false), release('v1.2', 2, true)]))
    const attempt = (VERSION: string, IS_PRODUCTION: string) =>
      run('deploy-version', 'deploy', 'It is a version of main', { VERSION, IS_PRODUCTION })
    expect(attempt('v1.1', 'true')).toMatchObject({ status: 0, stderr: '' })
    expect(attempt('v1.2', 'false')).toMatchObject({ status: 0, stderr: '' })
    expect(attempt('v1.2', 'true')).toMatchObject({ status: 1, stderr: 'v1.2 was only tried out\n' })
    // A tag that somebody has put on a commit of their own.
    git('commit', '--quiet', '--allow-empty', '--message', 'aside')
    expect(attempt('v1.1', 'true')).toMatchObject({ status: 1, stderr: 'v1.1 is no version of main\n' })
  })

  it('deploy nothing that is not what was built then', () => {
    mkdirSync(path('packages-of-then'))
    writeFileSync(path('packages-of-then', 'a.zip'), 'changed')
    writeFileSync(path('packages-of-then', 'SHA256SUMS'), `${'0'.repeat(64)}  a.zip\n`)
    expect(run('deploy-version', 'deploy', 'What was built', { VERSION: 'v1.2' }).status).not.toBe(0)
  })

  it('deploy the template with the variables of the environment, under the name of the version', () => {
    const { parameters } = JSON.parse(readFileSync(join(root, 'infra', 'main.parameters.json'), 'utf8'))
    const names = Object.values(parameters as Record<string, { value: string }>).flatMap(
      ({ value }) => /^\$\{(\w+)\}$/.exec(value)?.[1] ?? [],
    )
    const env = { AZURE_ENV_NAME: 'test', AZURE_LOCATION: 'westeurope', VERSION: 'v1.2' }
    const given = { ...env, VARIABLES: JSON.stringify(Object.fromEntries(names.map((name) => [name, name]))) }
    expect(run('deploy-version', 'deploy', 'Infrastructure', given, root)).toMatchObject({ status: 0 })
    const [call] = calls()
    expect(call).toContain('az deployment sub create --name securemailmerge-test-v1.2 --location westeurope')
    expect(call).toContain(`--parameters @${path('temp', 'parameters.json')}`)
    const made = JSON.parse(readFileSync(path('temp', 'parameters.json'), 'utf8'))
    expect(made.parameters).toMatchObject({ publicHost: { value: 'PUBLIC_HOST' }, monthlyBudget: { value: 0 } })
    rmSync(path('calls'))
    expect(run('deploy-version', 'deploy', 'Infrastructure', { ...env, VARIABLES: '{}' }, root).status).not.toBe(0)
    expect(calls()).toEqual([])
  })

  it('deploy each package to the app of its name, as it is', () => {
    mkdirSync(path('here', 'packages'))
    for (const name of ['licence-lookup', 'merge-send-queue'])
      writeFileSync(path('here', 'packages', `${name}.zip`), '')
    const env = { AZURE_ENV_NAME: 'test', GROUPS_FOUND: 'smm-test-abc\n' }
    expect(run('deploy-version', 'deploy', 'Services', env).status).toBe(0)
    const deployed = calls().filter((call) => call.includes('config-zip'))
    expect(deployed).toEqual(
      ['licence-lookup', 'merge-send-queue'].map((name) =>
        [
          'az functionapp deployment source config-zip --resource-group smm-test-abc',
          `--name smm-test-abc-${name} --src packages/${name}.zip --build-remote false --output none`,
        ].join(' '),
      ),
    )
  })

  it.each(['', 'one\\ntwo\\n'])('deploy nowhere when the resource group is not one: "%s"', (found) => {
    mkdirSync(path('here', 'packages'))
    writeFileSync(path('here', 'packages', 'a.zip'), '')
    const { status, stderr } = run('deploy-version', 'deploy', 'Services', {
      AZURE_ENV_NAME: 'test',
      GROUPS_FOUND: found,
    })
    expect([status, stderr]).toEqual([1, expect.stringContaining('not one resource group')])
    expect(calls()).toHaveLength(1)
  })

  it.each([
    ['401', 0, 1],
    ['503', 1, 30],
  ])('have worked when the public address asks who is there: %s', (answer, status, times) => {
    const env = { STATUS: answer, PUBLIC_HOST: 'api.example.com' }
    expect(run('deploy-version', 'deploy', 'The public address', env).status).toBe(status)
    expect(calls().filter((call) => call.startsWith('curl '))).toHaveLength(times)
  })
})
