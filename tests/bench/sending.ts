import { actOnTick } from '@securemailmerge/shared/merging/act-on-tick'
import handlebars from 'handlebars'
import { startSending } from '../kit/sending.ts'
import { profiled } from './profile.ts'

/** Ticks that are acted upon at once, as one instance does. */
const AT_ONCE = 100
/** No faster than real: a turn of ten seconds that lasts a tenth of that has a tenth of the mails. */
const RATE = 1

type Kit = Awaited<ReturnType<typeof startSending>>

/**
 * Mails a second over so many mailboxes that their paces together are never what is waited for, with a Graph that
 * answers at once, beside a loop that keeps no ledger; and whose work the time was.
 */
export async function benchSending(mailboxes: number, mails: number) {
  const kit = await startSending({ rate: RATE })
  try {
    const peer = await withoutLedger(kit, mailboxes * mails)
    const ids: string[] = []
    for (let at = 0; at < mailboxes; at += 1) ids.push(await kit.campaign(kit.person(), mails, { mode: 'draft' }))
    kit.cosmos.count.reset()
    const before = kit.graph.delivered.length
    const began = performance.now()
    const { result: ticks, shares } = await profiled(() => pump(kit))
    const seconds = (performance.now() - began) / 1000
    const sent = kit.graph.delivered.length - before
    return {
      sent,
      wanted: ids.length * mails,
      perSecond: sent / seconds,
      peerPerSecond: peer,
      queueOperationsPerMail: (ticks * 3) / sent,
      storeOperationsPerMail: operationsOf(kit) / sent,
      shares,
    }
  } finally {
    await kit.close()
  }
}

/** Acts on ticks as they are due, many at once. How many there were; each is sent, received and completed. */
async function pump({ ticks, parts, now }: Kit): Promise<number> {
  const running = new Set<Promise<unknown>>()
  let acted = 0
  while (ticks.length > 0 || running.size > 0) {
    const due = ticks.findIndex(({ at }) => at <= now().getTime())
    if (due >= 0 && running.size < AT_ONCE) {
      const [tick] = ticks.splice(due, 1)
      acted += 1
      const work: Promise<unknown> = actOnTick(parts, tick!, 1).finally(() => running.delete(work))
      running.add(work)
    } else await Promise.race([...running, new Promise((resolve) => setTimeout(resolve, 2))])
  }
  return acted
}

const operationsOf = ({ cosmos }: Kit): number =>
  Object.values(cosmos.count.read().sending ?? {}).reduce((sum, { operations }) => sum + operations, 0)

/** What most mail merges do: render, post, next; nothing is written down. */
async function withoutLedger({ graph, person }: Kit, mails: number): Promise<number> {
  const render = handlebars.compile('<p>Dear {{First}}, number {{No}}</p>')
  const url = `${graph.api}/me/sendMail`
  const token = () => graph.tokenFor({ ...person(), scopes: ['Mail.Send'] })
  const tokens = Array.from({ length: AT_ONCE }, token)
  const began = performance.now()
  let row = 0
  await Promise.all(
    tokens.map(async (bearer) => {
      while (row < mails) {
        row += 1
        const message = {
          subject: 'Hello',
          body: { contentType: 'HTML', content: render({ First: `P${row}`, No: row }) },
          toRecipients: [{ emailAddress: { address: `p${row}@x.example` } }],
        }
        const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' }
        const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ message }) })
        if (response.status !== 202) throw new Error(`the peer was answered ${response.status}`)
      }
    }),
  )
  return mails / ((performance.now() - began) / 1000)
}
