import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import cases from './cases.json' with { type: 'json' }

const root = join(import.meta.dirname, '..', '..')

/** A test or suite named after a case: `it('C14 …')`, `describe('C14 …')`, also with `.each(…)` before the name. */
const named = /^( *)(?!.*\.(?:skip|todo)\b)(?:.*\b(?:it|test|describe)(?:\.\w+)*|.*\))\(\s*['"`](C\d+)\b/gm
/** What goes beyond one given input: a property, or a table of inputs. */
const beyond = /\bfc\.(?:assert|check)\(|\.(?:each|for)\(|^ *\]\)\(|\bfor (?:await )?\((?:const|let) .+ of /m

/** A case that a file has tests for, and whether one of them goes beyond a single input. */
export interface Covered {
  number: string
  goesBeyond: boolean
}

/** Finds the tests of cases in the source of a test file. */
export function casesIn(source: string): Covered[] {
  const code = source.replace(/^ *(\/\/|\/?\*).*$/gm, '')
  return Array.from(code.matchAll(named), ({ 1: indent = '', 2: number = '', index }) => ({
    number,
    goesBeyond: beyond.test(blockAt(code.slice(index), indent)),
  }))
}

/** The statement that begins the text. The formatter indents, so it ends at the first closing line of its own depth. */
function blockAt(text: string, indent: string): string {
  const end = new RegExp(`\\n${indent}[})].*`).exec(text)
  return end ? text.slice(0, end.index) : text
}

/** A line for each wanted case that no test covers as it should; none when all is well. */
export function uncovered(wanted: string[], found: Covered[]): string[] {
  return wanted.flatMap((number) => {
    const tests = found.filter((test) => test.number === number)
    if (tests.length === 0) return [`${number}: no test has a name that begins with it`]
    return tests.some(({ goesBeyond }) => goesBeyond) ? [] : [`${number}: no property or table in its tests`]
  })
}

if (process.argv[1] === import.meta.filename) {
  const found: Covered[] = []
  for await (const file of glob('tests/**/*.test.ts', { cwd: root })) {
    found.push(...casesIn(await readFile(join(root, file), 'utf8')))
  }
  const missing = uncovered(cases, found)
  for (const line of missing) console.error(line)
  console.log(`cases: ${cases.length - missing.length} of ${cases.length} covered`)
  process.exitCode = missing.length === 0 ? 0 : 1
}
