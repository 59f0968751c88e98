import { globSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Finding, findCompiler } from './bicep-compiler.ts'
import { checkSyntax } from './bicep-grammar.ts'

// Checks what is deployed to Azure: with the real compiler where it can be had, else its syntax.
const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'infra', 'main.bicep')

async function check(): Promise<{ findings: Finding[]; by: string }> {
  const found = findCompiler()
  if (found.compiler) return { findings: build(found.compiler, main), by: found.compiler.name }
  const files = globSync('infra/**/*.bicep', { cwd: root }).map((file) => join(root, file))
  const by = `the grammar, for syntax only (no compiler: ${found.reasons.join(', ')})`
  return { findings: await checkSyntax(files), by }
}

const { findings, by } = await check()
for (const finding of findings) console.error(finding.replaceAll(`${root}/`, ''))
if (findings.length > 0) process.exitCode = 1
console.log(`infra: checked with ${by}, ${findings.length === 0 ? 'no finding' : `findings: ${findings.length}`}`)
