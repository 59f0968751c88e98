import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname, '..', '..')

/** The oldest compiler that knows all that infra/ uses, as [major, minor]. */
const OLDEST = [0, 41] as const
/** The one that is restored from NuGet where none is installed. */
const RESTORED = '0.49.2'

/** A Bicep compiler that runs here. */
export interface Compiler {
  path: string
  /** For people: version and where it is from. */
  name: string
}

/** What a compiler says against a file: position, rule and sentence, as one line. */
export type Finding = string

/** What a Bicep file comes to, as far as it is needed here: with its modules inside. */
export interface Template {
  parameters: Record<string, { type: string }>
  outputs?: Record<string, Output>
  resources: Record<string, unknown>
}

/** What a template gives back; the value is an expression in square brackets. */
export interface Output {
  type: string
  value: unknown
}

/** A resource as it would be deployed. What only Azure can know is left as an expression in square brackets. */
export interface Resource {
  id: string
  type: string
  name: string
  condition?: unknown
  sku?: { name: string }
  tags?: Record<string, string>
  identity?: { userAssignedIdentities?: Record<string, unknown> }
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the resource type's, which the compiler has checked.
  properties: any
}

/** The real compiler: installed, or restored from NuGet once and found again. Otherwise the reasons why there is none. */
export function findCompiler(): { compiler: Compiler } | { compiler: undefined; reasons: string[] } {
  const reasons: string[] = []
  const installed = [
    { path: 'bicep', from: 'PATH' },
    { path: join(process.env.AZURE_CONFIG_DIR ?? join(homedir(), '.azure'), 'bin', 'bicep'), from: 'Azure CLI' },
  ]
  for (const { path, from } of installed) {
    const compiler = tried(path, from)
    if (typeof compiler !== 'string') return { compiler }
    reasons.push(compiler)
  }
  const path = restored()
  const compiler = path === undefined ? 'dotnet cannot restore it' : tried(path, 'NuGet')
  if (typeof compiler !== 'string') return { compiler }
  return { compiler: undefined, reasons: [...reasons, compiler] }
}

/**
 * Builds a Bicep file with its modules.
 * @returns all that the compiler and its linter, which is part of a build, say against it, where warnings count; and
 * what it comes to, when it can be compiled
 */
export function build(compiler: Compiler, file: string): { findings: Finding[]; template: Template | undefined } {
  return inFolder((folder) => {
    const made = join(folder, 'main.json')
    const args = ['build', file, '--outfile', made, '--diagnostics-format', 'Sarif']
    const { status, stdout, stderr } = run(compiler.path, args)
    const report = (stdout + stderr).trim()
    if (!report.startsWith('{')) throw new Error(`${compiler.name} fails: ${report}`)
    const findings = (JSON.parse(report) as Sarif).runs.flatMap(({ results }) => results.map(sentence))
    if (status !== 0 && findings.length === 0) throw new Error(`${compiler.name} fails without a reason`)
    return { findings, template: existsSync(made) ? JSON.parse(readFileSync(made, 'utf8')) : undefined }
  })
}

/** Parameters of a deployment. */
export type Parameters = Record<string, string | number | boolean>

/**
 * All resources that a Bicep file, or what one was compiled to, would deploy with these parameters.
 * @throws Error when it cannot be compiled
 */
export function predict(compiler: Compiler, from: string | Template, parameters: Parameters): Resource[] {
  return inFolder((folder) => {
    const file = typeof from === 'string' ? from : join(folder, 'main.json')
    if (typeof from !== 'string') writeFileSync(file, JSON.stringify(from))
    const text = (value: Parameters[string]) => (typeof value === 'string' ? `'${value}'` : value)
    const given = Object.entries(parameters).map(([name, value]) => `param ${name} = ${text(value)}\n`)
    const using = `using '${relative(folder, file)}'\n`
    writeFileSync(join(folder, 'main.bicepparam'), using + given.join(''))
    const nowhere = '00000000-0000-0000-0000-000000000000'
    const where = ['--subscription-id', nowhere, '--tenant-id', nowhere]
    const args = ['snapshot', join(folder, 'main.bicepparam'), '--mode', 'Overwrite', ...where]
    const { status, stdout, stderr } = run(compiler.path, args)
    if (status !== 0) throw new Error(`${compiler.name} cannot predict what is deployed: ${stdout}${stderr}`)
    return JSON.parse(readFileSync(join(folder, 'main.snapshot.json'), 'utf8')).predictedResources
  })
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'bicep-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Sarif {
  runs: { results: SarifResult[] }[]
}
interface SarifResult {
  ruleId: string
  message: { text: string }
  locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[]
}

function sentence({ ruleId, message, locations }: SarifResult): Finding {
  const at = locations[0]?.physicalLocation
  const file = at === undefined ? '' : `${fileURLToPath(at.artifactLocation.uri)}:${at.region.startLine} `
  return `${file}${ruleId}: ${message.text}`
}

/** The compiler at a path, or why it is of no use. */
function tried(path: string, from: string): Compiler | string {
  const { status, stdout } = run(path, ['--version'])
  const [, major, minor, patch] = /version (\d+)\.(\d+)\.(\d+)/.exec(stdout) ?? []
  if (status !== 0 || major === undefined) return `none of ${from}`
  const version = `${major}.${minor}.${patch}`
  const isOld = Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]
  return isOld ? `that of ${from} is too old (${version})` : { path, name: `bicep ${version} (${from})` }
}

/** Path of the compiler in NuGet's folder of packages, which all projects of a machine share. */
function restored(): string | undefined {
  const system = { darwin: 'osx', linux: 'linux', win32: 'win' }[process.platform as string]
  const id = `Azure.Bicep.CommandLine.${system}-${process.arch}`
  const project = join(root, '.local', 'bicep', 'bicep.csproj')
  const found = () => restoredPath(project, id)
  if (found() === undefined) {
    mkdirSync(join(project, '..'), { recursive: true })
    writeFileSync(project, projectOf(id))
    run('dotnet', ['restore', project])
  }
  return found()
}

function restoredPath(project: string, id: string): string | undefined {
  const assets = join(project, '..', 'obj', 'project.assets.json')
  if (!existsSync(assets)) return undefined
  const { packageFolders } = JSON.parse(readFileSync(assets, 'utf8')) as { packageFolders: Record<string, unknown> }
  const path = Object.keys(packageFolders)
    .map((folder) => join(folder, id.toLowerCase(), RESTORED, 'tools', 'bicep'))
    .find((candidate) => existsSync(candidate))
  if (path) chmodSync(path, 0o755)
  return path
}

const projectOf = (id: string) => `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageDownload Include="${id}" Version="[${RESTORED}]" />
  </ItemGroup>
</Project>
`

function run(command: string, args: string[]) {
  const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' }
  const { status, stdout, stderr } = spawnSync(command, args, {
    env,
    encoding: 'utf8',
    timeout: 180_000,
    maxBuffer: 1e8,
  })
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' }
}
