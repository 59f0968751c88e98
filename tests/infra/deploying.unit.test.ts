import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import parameters from '../../infra/main.parameters.json' with { type: 'json' }
import registrations from '../../infra/registrations.json' with { type: 'json' }
import { clientIdOf } from '../../infra/tools/registrations.ts'
import manifest from '../../package.json' with { type: 'json' }

interface Step {
  uses?: string
  run?: string
  name?: string
  env?: Record<string, string>
  with?: Record<string, unknown>
}
interface Job {
  uses?: string
  needs?: string | string[]
  if?: string
  environment?: string
  permissions: Record<string, string>
  with?: Record<string, string>
  env?: Record<string, string>
  steps?: Step[]
}
interface Workflow {
  on: Record<string, unknown>
  permissions: Record<string, string>
  concurrency?: { group: string; 'cancel-in-progress': boolean }
  jobs: Record<string, Job>
}

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const folders = readdirSync(join(root, 'functions')).filter((name) =>
  existsSync(join(root, 'functions', name, 'index.ts')),
)
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort()
const workflow = (name: string) => parse(read(`.github/workflows/${name}.yml`)) as Workflow
const deploy = workflow('deploy')
const version = workflow('deploy-version')
const azd = parse(read('azure.yaml')) as {
  infra: Record<string, string>
  services: Record<string, Record<string, unknown>>
  hooks: Record<string, { shell: string; run: string }>
}
const runs = (job: Job | undefined) => (job?.steps ?? []).map(({ run }) => run ?? '')
/** An expression of GitHub's. */
const github = (said: string) => `\${{ ${said} }}`
const allRuns = [deploy, version].flatMap(({ jobs }) => Object.values(jobs).flatMap(runs))

describe('azure.yaml', () => {
  it('deploys every service from the folder that the build makes, as it is', () => {
    expect(Object.keys(azd.services).sort()).toEqual([...folders].sort())
    expect(Object.keys(azd.services).sort()).toEqual(Object.keys(names.services).sort())
    for (const [name, service] of Object.entries(azd.services)) {
      const built = { host: 'function', language: 'custom', project: '.', dist: `dist/${name}`, remoteBuild: false }
      expect(service).toEqual(built)
    }
    expect(read('infra/modules/function-app.bicep')).toContain("'azd-service-name': service.name")
  })

  it('provisions the template that is there', () => {
    const { path, module, provider } = azd.infra
    expect(provider).toBe('bicep')
    for (const ending of ['bicep', 'parameters.json'])
      expect(existsSync(join(root, `${path}/${module}.${ending}`))).toBe(true)
  })

  it('builds before it packages and before it deploys', () => {
    for (const when of ['prepackage', 'predeploy']) expect(azd.hooks[when]?.run).toBe('npm run --silent build')
  })

  it('makes the registrations before, and lets the identity be trusted after', () => {
    expect(azd.hooks.preprovision?.run).toMatch(/registrations -- "\$AZURE_ENV_NAME" "\$PUBLIC_HOST" "\$ADD_IN_HOST"\)/)
    expect(azd.hooks.postprovision?.run).toMatch(/"\$ADD_IN_HOST" "\$SENDING_PRINCIPAL_ID" "\$PORTAL_PRINCIPAL_ID"/)
  })

  it('keeps the ids of the registrations under the names that the parameters have', () => {
    const kept = Object.keys(registrations.applications).map((name) => `\${${clientIdOf(name)}}`)
    const given = Object.values(parameters.parameters).map(({ value }) => value)
    expect(kept.length).toBe(4)
    for (const one of kept) expect(given).toContain(one)
  })

  it('reads only variables that are set: by azd, as parameters, by an output, or as the runbook says', () => {
    const asked = Object.values(azd.hooks).flatMap(({ run }) =>
      [...run.matchAll(/\$\{?([A-Z]\w+)/g)].map(([, one]) => one),
    )
    const given = JSON.stringify(parameters).match(/(?<=\$\{)\w+/g) ?? []
    const outputs = [...read('infra/main.bicep').matchAll(/^output (\w+)/gm)].map(([, one]) => one)
    expect(read('docs/operations/versions.md')).toMatch(/azd env set[^`]*ADD_IN_HOST=/)
    expect(new Set(asked)).toEqual(
      new Set(asked.filter((one) => [...given, ...outputs, 'ADD_IN_HOST'].includes(one as string))),
    )
    expect(asked.length).toBeGreaterThan(3)
  })
})

describe('what is named', () => {
  const texts = ['azure.yaml', ...workflows].map((path) => read(path))

  it('is a script of package.json', () => {
    const scripts = texts.flatMap((text) => [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, one]) => one))
    expect(new Set(scripts)).toEqual(new Set(['registrations', 'build']))
    for (const script of scripts) expect(Object.keys(manifest.scripts)).toContain(script)
  })

  it('is a file of this repository', () => {
    const files = allRuns.flatMap((run) => run.match(/(?<=^|\s)(?:\.ci|infra)\/[\w./-]+/g) ?? [])
    expect(files).toEqual(expect.arrayContaining(['.ci/run', 'infra/tools/parameters.ts', 'infra/main.bicep']))
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true)
  })

  it('is, in the runbook too, every service', () => {
    const listed = /for service in ([\w -]+); do/.exec(read('docs/operations/versions.md'))?.[1] ?? ''
    expect(listed.split(' ').sort()).toEqual([...folders].sort())
  })
})

describe('every workflow', () => {
  it.each(workflows)('%s uses what nobody can change: actions by their commit, with the version beside it', (path) => {
    const used = [...read(path).matchAll(/uses: (.+)$/gm)].map(([, one = '']) => one)
    expect(used.length).toBeGreaterThan(0)
    for (const one of used) {
      if (one.startsWith('./')) expect(existsSync(join(root, one)), one).toBe(true)
      else expect(one).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    }
  })

  it.each(workflows)('%s may nothing but what a job of it says, and has no secret', (path) => {
    const { permissions, jobs } = parse(read(path)) as Workflow
    expect(permissions).toEqual({})
    for (const [name, job] of Object.entries(jobs)) expect(job.permissions, name).toBeDefined()
    expect(read(path)).not.toMatch(/\bsecrets\b|client-secret|creds:/)
  })

  it.each(workflows)(
    '%s is begun by us, or by a proposal that may nothing: no event lets a stranger run as us',
    (path) => {
      const { on } = parse(read(path)) as Workflow
      const known = ['push', 'pull_request', 'workflow_dispatch', 'workflow_call']
      expect(Object.keys(on).length).toBeGreaterThan(0)
      expect(Object.keys(on).filter((event) => !known.includes(event))).toEqual([])
    },
  )

  it.each(workflows)('%s leaves no token of ours where scripts could find it', (path) => {
    const { jobs } = parse(read(path)) as Workflow
    const steps = Object.values(jobs).flatMap((job) => job.steps ?? [])
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')))
      expect(step.with?.['persist-credentials']).toBe(false)
  })

  it.each(workflows)('%s lets no text from outside into a script', (path) => {
    const { jobs } = parse(read(path)) as Workflow
    for (const run of Object.values(jobs).flatMap(runs)) expect(run).not.toMatch(/\$\{\{/)
  })
})

describe('every script of a deployment', () => {
  it('reads only what it is given', () => {
    for (const job of [deploy, version].flatMap(({ jobs }) => Object.values(jobs))) {
      for (const { run = '', env = {} } of job.steps ?? []) {
        const read = [...run.matchAll(/\$\{?([A-Z]\w+)/g)].map(([, one]) => one ?? '')
        const given = { ...job.env, ...env }
        expect(
          read.filter((one) => !(one in given) && !/^(GITHUB|RUNNER)_/.test(one)),
          run,
        ).toEqual([])
      }
    }
  })
})

describe('the deployment', () => {
  it('is one at a time, and goes to its end', () => {
    expect(deploy.concurrency).toEqual({ group: `deploy-${github('inputs.environment')}`, 'cancel-in-progress': false })
  })

  it('of what stands here is checked before it is built, and built before it is deployed', () => {
    const { build, publish, deploy: deployed } = deploy.jobs
    const steps = runs(build).filter(Boolean)
    expect(steps[0]).toBe('.ci/run')
    expect(steps[1]).toContain('npm run --silent build')
    expect([publish?.needs, deployed?.needs]).toEqual(['build', ['build', 'publish']])
    expect(deployed?.with?.version).toBe(github('needs.build.outputs.version'))
  })

  it('back to a version builds nothing, and is the same deployment', () => {
    const { build, deploy: deployed, 'roll-back': back } = deploy.jobs
    expect([build?.if, back?.if, back?.needs]).toEqual(["inputs.version == ''", "inputs.version != ''", undefined])
    expect(back?.uses).toBe(deployed?.uses)
    expect(back?.with?.version).toBe(github('inputs.version'))
    const [checkout] = version.jobs.deploy?.steps ?? []
    expect(checkout?.with?.ref).toBe(`refs/tags/${github('inputs.version')}`)
  })

  it('signs in as the environment by a token of a minute; only this job may, and it runs no package of npm', () => {
    const may = (one: Workflow, permission: string) =>
      Object.entries(one.jobs).flatMap(([name, { permissions }]) => (permissions[permission] === 'write' ? [name] : []))
    expect(may(deploy, 'id-token')).toEqual(['deploy', 'roll-back'])
    expect(may(deploy, 'contents')).toEqual(['publish'])
    expect([may(version, 'id-token'), may(version, 'contents')]).toEqual([['deploy'], []])
    expect(version.jobs.deploy?.environment).toBe(github('inputs.environment'))
    expect(runs(version.jobs.deploy).join('\n')).not.toMatch(/\bnpm\b|\bnpx\b/)
    expect(runs(deploy.jobs.publish).join('\n')).not.toMatch(/\bnpm\b|\bnpx\b/)
    const login = version.jobs.deploy?.steps?.find(({ uses }) => uses?.startsWith('azure/login@'))
    expect(Object.keys(login?.with ?? {})).toEqual(['client-id', 'tenant-id', 'subscription-id'])
  })
})

describe('what only our own may ask', () => {
  it('is in no route of the public address: health and readiness', () => {
    const routes = Object.values(names.services).flatMap(({ routes }) => routes)
    for (const path of folders.flatMap((name) => [`/api/${name}/health`, `/api/${name}/ready`])) {
      expect(routes.filter((route) => path === route || path.startsWith(`${route}/`))).toEqual([])
    }
  })
})
