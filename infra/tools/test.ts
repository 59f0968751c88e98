import { parseCLI, startVitest, type Vitest } from 'vitest/node'

/** What a run came to. An error outside a test (in a hook, at load, unhandled) is a failure of its own. */
interface Counts {
  passed: number
  failed: number
  skipped: number
}

function count(vitest: Vitest): Counts {
  const counts: Counts = { passed: 0, failed: vitest.state.getUnhandledErrors().length, skipped: 0 }
  for (const module of vitest.state.getTestModules()) {
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // A test that was never finished has not passed.
      counts[state === 'pending' ? 'failed' : state]++
    }
  }
  return counts
}

async function run(projects: string[], vitestArguments: string[]): Promise<Counts> {
  const { filter, options } = parseCLI(['vitest', 'run', ...vitestArguments])
  const vitest = await startVitest(filter, {
    config: 'tests/vitest.config.ts',
    ...options,
    ...(projects.length > 0 && { project: projects }),
    watch: false,
  })
  const counts = count(vitest)
  for (const name of projects.filter((asked) => !vitest.projects.some((project) => project.name === asked))) {
    console.error(`There is no project "${name}".`)
    counts.failed++
  }
  return counts
}

const started = performance.now()
const separator = process.argv.indexOf('--')
const projects = process.argv.slice(2, separator === -1 ? undefined : separator)
const { passed, failed, skipped } = await run(
  projects,
  separator === -1 ? [] : process.argv.slice(separator + 1),
).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return { passed: 0, failed: 1, skipped: 0 }
})
console.log(`tests: ${((performance.now() - started) / 1000).toFixed(1)} s`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
// Vitest's own exit code holds what has no count: a missed threshold, an interrupted run.
process.exit(failed > 0 || passed === 0 ? 1 : (process.exitCode ?? 0))
