import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildService } from '../../infra/tools/build.ts'
import { chart } from './chart.ts'
import { type Outcome, runPace } from './run.ts'
import { type Pace, perMinute } from './windows.ts'

// npm run pace -- --minutes 8 --rate 5
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '8' }, rate: { type: 'string', default: '5' } },
})
const MOST = 30
const LEAST = 29
const SLOWED = 0.01
const FIRST_MS = 10_000
const STEP_MS = 1_000

await buildService('merge-send-queue')
const outcome = await runPace(Number(values.minutes), Number(values.rate))
const { busy, neighbour, slowed, firstAfterMs, instants, throttles } = outcome
writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'pace.svg'), drawn(outcome))
const said = ({ mails, most, least }: Pace) => `${mails} mails, ${least} to ${most} in any 60 s`
const first = Math.max(...firstAfterMs)
console.log(`several campaigns: ${said(busy)}`)
console.log(`their neighbour: ${said(neighbour)}`)
console.log(`the throttled one: ${instants.throttled.length} mails, throttled ${throttles} times`)
const [most, least] = [Math.max(busy.most, neighbour.most), Math.min(busy.least, neighbour.least)]
const isWithin = most <= MOST && least >= LEAST && slowed < SLOWED && first < FIRST_MS
console.log(
  `pace: ${least} to ${most} mails in any 60 s, neighbour slowed ${(slowed * 100).toFixed(2)} %, ` +
    `first mail ${(first / 1000).toFixed(1)} s after start`,
)
// A client of the Service Bus keeps its process for two minutes after its close.
process.exit(isWithin ? 0 : 1)

function drawn({ minutes, instants: of }: Outcome): string {
  const points = (some: number[]) => perMinute(some, 0, minutes * 60_000, STEP_MS)
  return chart('Mails in the last 60 seconds, by mailbox', [
    { name: 'several campaigns at once', colour: '#1f5fa8', points: points(of.busy) },
    { name: 'a neighbour', colour: '#2e8540', points: points(of.neighbour) },
    { name: 'throttled from half-time on', colour: '#b36b00', points: points(of.throttled) },
  ])
}
