import { beforeAll, expect, it } from 'vitest'
import { buildService } from '../../infra/tools/build.ts'
import { runFaults } from '../faults-sending/run.ts'

beforeAll(async () => {
  await buildService('merge-send-queue')
})

/** Another one may be asked for: what a longer run has found. */
const seed = Number(process.env.FAULTS_SEED ?? 1)

it('60 faults, hosts killed among them: each mail once, and the books are right', async () => {
  const { tally, findings, ownEnds, deadLetters } = await runFaults({ faults: 60, seed, deadly: 0.115 })
  expect(tally.killed).toBeGreaterThan(0)
  expect(findings).toMatchObject({ twice: [], lost: [], wrong: [], needless: [] })
  expect({ ownEnds, deadLetters }).toEqual({ ownEnds: [], deadLetters: 0 })
})
