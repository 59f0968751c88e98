import { globSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Compiler, type Finding, findCompiler, predict, type Template } from './bicep-compiler.ts'
import { checkSyntax } from './bicep-grammar.ts'
import { breakSources } from './deployment/break-sources.ts'
import { checks, findings } from './deployment/checks.ts'
import { tryBreaks, untried } from './deployment/self-test.ts'
import { given, type World, worldOf } from './deployment/world.ts'

// Checks what is deployed to Azure: with the real compiler where it can be had, else its syntax. With `--self-test` it
// breaks what is deployed in many ways, and sees whether each is found.
const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'infra', 'main.bicep')

/** What would be deployed, with each set of parameters. */
const foresee = (compiler: Compiler, template: Template): World[] =>
  given.map((which) => worldOf(which, template, predict(compiler, template, which.parameters)))

/** What came of it: all that is wrong, what said so, and what would be deployed. */
interface Checked {
  wrong: Finding[]
  by: string
  worlds: World[]
}

async function checkGrammar(reasons: string[]): Promise<Checked> {
  const files = globSync('infra/**/*.bicep', { cwd: root }).map((file) => join(root, file))
  const by = `the grammar, for syntax only (no compiler: ${reasons.join(', ')})`
  return { wrong: await checkSyntax(files), by, worlds: [] }
}

function checkWith(compiler: Compiler): Checked {
  const { findings: said, template } = build(compiler, main)
  const worlds = template && said.length === 0 ? foresee(compiler, template) : []
  return { wrong: [...said, ...findings(worlds)], by: `${compiler.name} and ${checks.length} checks of ours`, worlds }
}

/** Prints each break that nothing found, and how many were found. */
function selfTest(compiler: Compiler, worlds: World[]): boolean {
  const tried = [...tryBreaks(worlds), ...breakSources(compiler)]
  const missed = tried.filter(({ found }) => found === undefined)
  for (const { breaks, found } of tried)
    console.log(`${found === undefined ? 'NOT CAUGHT' : 'caught    '} ${breaks}${found ? ` -- ${found}` : ''}`)
  for (const { name } of untried()) console.log(`NOT TRIED  the check "${name}"`)
  console.log(`${tried.length - missed.length} of ${tried.length} caught`)
  return missed.length === 0 && untried().length === 0 && worlds.length > 0
}

const found = findCompiler()
const { wrong, by, worlds } = found.compiler ? checkWith(found.compiler) : await checkGrammar(found.reasons)
for (const finding of wrong) console.error(finding.replaceAll(`${root}/`, ''))
if (wrong.length > 0) process.exitCode = 1
console.log(`infra: checked with ${by}, ${wrong.length === 0 ? 'no finding' : `findings: ${wrong.length}`}`)
if (process.argv.includes('--self-test')) {
  if (!found.compiler) console.error('The self-test needs the compiler.')
  if (!found.compiler || !selfTest(found.compiler, worlds)) process.exitCode = 1
}
