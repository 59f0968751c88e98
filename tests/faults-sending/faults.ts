import { parseArgs } from 'node:util'
import { buildService } from '../../infra/tools/build.ts'
import { failures, report } from './report.ts'
import { runFaults } from './run.ts'

// npm run faults -- --faults 2000 --seed 1 --deadly 0.115
const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    deadly: { type: 'string', default: '0.115' },
  },
})
const [faults, seed, deadly] = [values.faults, values.seed, values.deadly].map(Number) as [number, number, number]
await buildService('merge-send-queue')
const began = performance.now()
let told = 0
const outcome = await runFaults({ faults, seed, deadly }, ({ tally, findings }) => {
  if (tally.total < told + faults / 10) return
  told = tally.total
  const { mails, twice, lost, wrong } = findings
  const soFar = `${mails} mails looked at, ${twice.length + lost.length + wrong.length} wrong`
  process.stderr.write(`${tally.total} of ${faults} faults, ${tally.killed} kills, ${soFar}\n`)
})
report(outcome, performance.now() - began)
// A client of the Service Bus keeps its process for two minutes after its close.
process.exit(failures(outcome).length === 0 ? 0 : 1)
