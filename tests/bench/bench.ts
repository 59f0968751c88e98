import { parseArgs } from 'node:util'
import { People } from '../kit/people.ts'
import { benchAccept } from './accept.ts'
import { benchAcknowledge } from './acknowledge.ts'
import { bundleSizes, coldStart } from './cold.ts'
import { coldBundles, type Start } from './cold-bundles.ts'
import { drainRenewals } from './drain.ts'
import { benchLookUp } from './look-up.ts'
import type { sideBySide } from './measure.ts'
import { benchPage, type Felt } from './page.ts'
import { readsOfALookUp } from './reads.ts'
import { benchRendering } from './rendering.ts'
import { benchSending } from './sending.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    renewals: { type: 'string', default: '20000' },
    mailboxes: { type: 'string', default: '120' },
    starts: { type: 'string', default: '5' },
    licences: { type: 'string', default: '5000' },
    only: { type: 'string', default: '' },
  },
})
const services = ['licence-lookup', 'seat-assignment', 'purchase-webhooks', 'merge-send-queue']

// npm run bench -- --only page: the web page alone.
if (values.only === 'page') {
  const alone = await People.start({ bundles: true })
  await showPage(alone)
  await alone.stop()
  process.exit(0)
}
// Each figure is printed when it is known: the last ones take long.
console.log('Bundles in kB:', await bundleSizes(services))
const people = await People.start({ bundles: true })
const { handler, hosted } = await benchLookUp(people, Number(values.pairs), Number(values.seconds) * 1000)
console.log('Beside fastify + jose + the same two point reads through the same SDK, in turns, 10 calls at a time:')
show('look-up handler', handler)
show('look-up over HTTP', hosted)
const { ours, peer } = await benchAcknowledge(people, Number(values.pairs), Number(values.seconds))
const times = ({ p50, p99 }: typeof ours) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
console.log(
  `Acknowledged at 50 events/s with 20 ms more in the store: ${times(ours)} through host and front door; fastify + stripe + one insert ${times(peer)} (p50 ${(ours.p50 / peer.p50).toFixed(2)} ×)`,
)
console.log(`A cold process answers after ${await coldStart(people, 5)} ms (median of 5)`)
const cold = await coldBundles(people, services, Number(values.starts))
console.log(`A fresh process on the local host, median of ${values.starts}; the host alone: ${started(cold.alone)}`)
for (const [service, { kilobytes, asBuilt, eager }] of Object.entries(cold.rows))
  console.log(
    `  ${service}, ${kilobytes} kB: ${started(asBuilt)}; with clients made and connected at the start: ${started(eager)}`,
  )
await showPage(people)
await people.stop()
console.log('Reads of a look-up:', await readsOfALookUp())
const rendered = await benchRendering(Number(values.pairs), Number(values.seconds) * 300)
show(`Mails of ${Math.round(rendered.bytes / 1000)} KB rendered, beside bare handlebars`, rendered.handlebars)
show('the same beside bare mustache', rendered.mustache)
const accepted = await benchAccept(50_000)
console.log(
  `${accepted.recipients} recipients (${accepted.megabytes.toFixed(1)} MB) stored and looked at in ${accepted.seconds.toFixed(2)} s, started in ${accepted.startMs.toFixed(0)} ms, ${accepted.grownMegabytes.toFixed(0)} MB more memory`,
)
const sending = await benchSending(Number(values.mailboxes), 20)
console.log(
  `${sending.sent} of ${sending.wanted} mails sent over ${values.mailboxes} mailboxes: ${sending.perSecond.toFixed(0)}/s, a loop without a ledger ${sending.peerPerSecond.toFixed(0)}/s (${(sending.perSecond / sending.peerPerSecond).toFixed(2)} ×); ${sending.storeOperationsPerMail.toFixed(1)} store and ${sending.queueOperationsPerMail.toFixed(2)} queue operations a mail`,
)
console.log(`Their time: ${sending.shares.map(([room, share]) => `${room} ${Math.round(share * 100)} %`).join(', ')}`)
const drained = await drainRenewals(Number(values.renewals))
console.log(
  `${drained.renewals} renewals drained in ${drained.seconds} s of the seller's clock, ${drained.calls} calls, ${drained.refused} of them refused; at 25/s the calls alone take ${drained.least} s (${(drained.seconds / drained.least).toFixed(2)} ×)`,
)
process.exit(0)

async function showPage(system: People): Promise<void> {
  const licences = Number(values.licences)
  const { first, table, scrolled, rows } = await benchPage(system, licences, 3)
  const said = ({ largest, shifted, longestTask, longTasks }: Felt) =>
    `largest there after ${Math.round(largest)} ms, shifted ${shifted.toFixed(3)}, longest task ${Math.round(longestTask)} ms, ${Math.round(longTasks)} ms of long tasks`
  console.log(`The first page in a browser with an empty cache, median of 3: ${said(first)}`)
  console.log(`A table of ${licences} licences, read to its end, ${rows} rows on the page: ${said(table)}`)
  console.log(`  scrolled through: ${said(scrolled)}`)
}

function started({ registered, answered, heap }: Start): string {
  return `functions after ${registered} ms, first answer after ${answered} ms, heap ${heap} MB`
}

function show(what: string, { ratio, least, most, ours, peer }: Awaited<ReturnType<typeof sideBySide>>): void {
  const range = `${least.toFixed(2)}–${most.toFixed(2)}`
  const side = ({ perSecond, p50, p99 }: typeof ours) => `${perSecond}/s, p50 ${p50} ms, p99 ${p99} ms`
  console.log(`${what}: ${ratio.toFixed(2)} × the peer (${range}); ours ${side(ours)}; peer ${side(peer)}`)
}
