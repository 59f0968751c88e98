import { parseArgs } from 'node:util'
import { fuzzRows } from './rows.ts'
import { fuzzTemplates } from './templates.ts'
import { fuzzWaits } from './waits.ts'

// npm run fuzz -- --count 100000 --seed 1
const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
const began = performance.now()
const templates = fuzzTemplates(count, seed)
const rows = fuzzRows(count, seed)
const waits = fuzzWaits(count, seed)
const faults = [...templates.faults, ...rows.faults, ...waits.faults]
for (const fault of faults.slice(0, 10)) console.log(fault)
console.log(
  `templates: ${templates.templates}, ${templates.refused} refused, ${templates.rendered} mails, worst ${templates.worstMsPerKb.toFixed(1)} ms of CPU a KB`,
)
console.log(`rows: ${rows.rows} good, ${rows.bad} bad; waits: ${waits.waits} of ${count}`)
console.log(`fuzz: ${count} of each in ${Math.round((performance.now() - began) / 1000)} s, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
