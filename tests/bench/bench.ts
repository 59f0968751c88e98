import { parseArgs } from 'node:util'
import { People } from '../kit/people.ts'
import { benchAcknowledge } from './acknowledge.ts'
import { bundleSizes, coldStart } from './cold.ts'
import { drainRenewals } from './drain.ts'
import { benchLookUp } from './look-up.ts'
import type { sideBySide } from './measure.ts'
import { readsOfALookUp } from './reads.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    renewals: { type: 'string', default: '20000' },
  },
})
const services = ['licence-lookup', 'seat-assignment', 'purchase-webhooks']

const sizes = await bundleSizes(services)
const people = await People.start({ bundles: true })
const { handler, hosted } = await benchLookUp(people, Number(values.pairs), Number(values.seconds) * 1000)
const acknowledged = await benchAcknowledge(people, Number(values.pairs), Number(values.seconds))
const cold = await coldStart(people, 5)
await people.stop()
const reads = await readsOfALookUp()
const drained = await drainRenewals(Number(values.renewals))

console.log('Beside fastify + jose + the same two point reads through the same SDK, in turns, 10 calls at a time:')
show('look-up handler', handler)
show('look-up over HTTP', hosted)
console.log('Reads of a look-up:', reads)
const { ours, peer } = acknowledged
const times = ({ p50, p99 }: typeof ours) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
console.log(
  `Acknowledged at 50 events/s with 20 ms more in the store: ${times(ours)} through host and front door; fastify + stripe + one insert ${times(peer)} (p50 ${(ours.p50 / peer.p50).toFixed(2)} ×)`,
)
console.log(
  `${drained.renewals} renewals drained in ${drained.seconds} s of the seller's clock, ${drained.calls} calls, ${drained.refused} of them refused; at 25/s the calls alone take ${drained.least} s (${(drained.seconds / drained.least).toFixed(2)} ×)`,
)
console.log(`A cold process answers after ${cold} ms (median of 5)`)
console.log('Bundles in kB:', sizes)
process.exit(0)

function show(what: string, { ratio, least, most, ours, peer }: Awaited<ReturnType<typeof sideBySide>>): void {
  const range = `${least.toFixed(2)}–${most.toFixed(2)}`
  const side = ({ perSecond, p50, p99 }: typeof ours) => `${perSecond}/s, p50 ${p50} ms, p99 ${p99} ms`
  console.log(`${what}: ${ratio.toFixed(2)} × the peer (${range}); ours ${side(ours)}; peer ${side(peer)}`)
}
