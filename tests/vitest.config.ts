import { defineConfig } from 'vitest/config'

const root = `${import.meta.dirname}/..`
const suite = (name: string, include: string[], testTimeout: number) => ({
  root,
  extends: true as const,
  // CommonJS packages are imported as Node imports them, so that what runs in a test is what runs outside.
  test: { name, include, testTimeout, hookTimeout: 60_000, deps: { interopDefault: false } },
})

/** unit: values only. integration: real clients on in-process stand-ins. e2e: the whole system as processes, a real browser. */
export default defineConfig({
  root,
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      suite('unit', ['tests/**/*.unit.test.ts', 'tests/shared/**/*.test.ts', 'tests/architecture.test.ts'], 5_000),
      suite(
        'integration',
        ['tests/functions/**/*.test.ts', 'tests/infra/**/*.test.ts', 'tests/stores/**/*.test.ts'],
        20_000,
      ),
      suite('fidelity', ['tests/fidelity/**/*.test.ts'], 20_000),
      suite('e2e', ['tests/e2e/**/*.test.ts', 'tests/faults/**/*.test.ts', 'tests/race/**/*.test.ts'], 60_000),
    ],
  },
})
