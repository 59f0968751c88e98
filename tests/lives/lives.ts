import { parseArgs } from 'node:util'
import { buildService } from '../../infra/tools/build.ts'
import { runLives } from './run.ts'

// npm run lives -- --lives 10000 --seed 1
const { values } = parseArgs({
  options: { lives: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
})
await buildService('purchase-webhooks')
const began = performance.now()
const outcome = await runLives(Number(values.lives), Number(values.seed), 'dist', (done) =>
  process.stderr.write(`\r${done} of ${values.lives} lives`),
)
process.stderr.write('\n')
const { lives, events, least, most, different, unstored, deadLetters, kills, faults, doubled } = outcome
for (const one of different.slice(0, 20)) console.log(one)
console.log(
  `events: ${events} (${least} to ${most} a life), ${doubled} posted again, ${faults} faults, in ${Math.round((performance.now() - began) / 1000)} s`,
)
console.log(
  `kills: ${Object.entries(kills)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ')}`,
)
console.log(
  `lives: ${lives}, ${different.length} different from the seller, ${unstored.length} acknowledged before stored, ${deadLetters} dead-lettered by an outage`,
)
const everywhere = Object.values(kills).every((times) => times > 0)
if (!everywhere) console.log('lives: some failpoint was never killed at')
// A client of the Service Bus keeps its process for two minutes after its close.
process.exit(different.length + unstored.length + deadLetters === 0 && everywhere ? 0 : 1)
