import { defineConfig } from 'vitest/config'

const root = `${import.meta.dirname}/..`
const values = 'tests/**/*.unit.test.ts'
const suite = (name: string, include: string[], testTimeout: number, exclude: string[] = [values], retry = 0) => ({
  root,
  extends: true as const,
  test: { name, include, exclude, testTimeout, hookTimeout: 60_000, retry },
})

const unit = suite('unit', [values, 'tests/shared/**/*.test.ts', 'tests/architecture.test.ts'], 5_000, [])

const whole = suite(
  'e2e',
  ['e2e', 'faults', 'race', 'versions'].map((folder) => `tests/${folder}/**/*.test.ts`),
  120_000,
)

/** unit: values only. integration: real clients on in-process stand-ins. e2e: the whole system as processes, a real browser. */
export default defineConfig({
  root,
  test: {
    pool: 'forks',
    // More than the cores of a build machine: much of the time of these tests is waiting for locks, clocks and processes.
    maxWorkers: 3,
    projects: [
      // Values need no process of their own for each file.
      { ...unit, test: { ...unit.test, isolate: false } },
      suite('integration', ['tests/functions/**/*.test.ts', 'tests/stores/**/*.test.ts'], 60_000),
      // Stand-ins are killed, cut off and timed here, on whatever machine builds: one more try, which the report names.
      suite('stand-ins', ['tests/infra/**/*.test.ts'], 40_000, [values], 1),
      suite('fidelity', ['tests/fidelity/**/*.test.ts'], 20_000),
      { ...whole, test: { ...whole.test, globalSetup: ['tests/e2e/fresh-page.ts'] } },
    ],
  },
})
