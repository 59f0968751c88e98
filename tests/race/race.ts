import { parseArgs } from 'node:util'
import { People } from '../kit/people.ts'
import { monday } from './monday.ts'
import { race } from './rounds.ts'

const STAFF = 500

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, callers: { type: 'string', default: '200' } },
})

const people = await People.start()
const progress = (round: number) => process.stderr.isTTY && process.stderr.write(`\rround ${round} of ${values.rounds}`)
const { rounds, over, lost, timedOut, p99 } = await race(
  people,
  Number(values.rounds),
  Number(values.callers),
  progress,
)
if (process.stderr.isTTY) process.stderr.write('\n')
const { answers, unbound, boundAfter, assignmentTook } = await monday(people, STAFF)
await people.stop()
console.log(
  `monday: ${STAFF} look-ups at once (${answers.join(', ')}), ${unbound} unbound after ${boundAfter} ms, an assignment meanwhile took ${assignmentTook} ms`,
)
console.log(`race: ${rounds} rounds, ${over} over, ${lost} lost, ${timedOut} timed out, p99 ${p99} ms`)
const mondayFine = answers.join() === '200 licensed' && unbound === 0 && assignmentTook < 1_000
if (!mondayFine)
  console.log('monday: every look-up must be licensed, every seat bound, the assignment done in < 1000 ms')
process.exitCode = over + lost + timedOut === 0 && mondayFine ? 0 : 1
