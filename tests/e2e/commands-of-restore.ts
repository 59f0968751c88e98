import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { allowSending } from '../../infra/local/allow-sending.ts'
import type { CastKey } from '../../infra/local/identity/cast.ts'
import { type Operator, soon } from './commands-kit.ts'
import type { Row } from './commands-table.ts'

/** In ms. */
export const MINUTE_MS = 60_000

/** A campaign that somebody has started from their mailbox. */
interface Campaign {
  sender: CastKey
  id: string
}

/** Somebody allows sending, unless they have, and starts a campaign. */
export async function started(operator: Operator, sender: CastKey, mails: number): Promise<Campaign> {
  const mailboxes = (await operator.asked(sender, { path: '/api/mailboxes' })).mailboxes
  if (mailboxes.length === 0) await allowSending(operator.system, sender)
  const wish = { name: 'News', subject: 'News for {{First}}', html: '<p>Dear {{First}}</p>', mode: 'send' }
  const id = (await operator.asked(sender, { method: 'POST', path: '/api/campaigns', body: wish })).campaignId
  const rows = Array.from({ length: mails }, (_, at) => ({ row: at + 1, to: `p${at}@customers.example` }))
  const list = rows.map((row) => JSON.stringify({ ...row, fields: { First: `P${row.row}` } })).join('\n')
  const campaign = { sender, id }
  await tell(operator, campaign, 'recipients', list)
  await tell(operator, campaign, 'start')
  return campaign
}

/** What its sender says to a campaign. */
export const tell = (operator: Operator, { sender, id }: Campaign, what: string, body: unknown = {}) =>
  operator.asked(sender, { method: 'POST', path: `/api/campaigns/${id}/${what}`, body })
/** How its sender sees it. */
export const shown = (operator: Operator, { sender, id }: Campaign, origin?: string) =>
  operator.asked(sender, { path: `/api/campaigns/${id}` }, origin)
/** How much of it is sent, as its sender sees it. */
export const sentOf = async (operator: Operator, campaign: Campaign): Promise<number> =>
  (await shown(operator, campaign)).counts.sent
/** How many of its mails Microsoft has accepted. @throws AssertionError when one of them twice */
export const acceptedOf = async (operator: Operator, { id }: Campaign): Promise<number> => {
  const { mails } = await operator.control('graph', 'mails')
  const stamps = (mails as { stamp: string | null }[]).flatMap(({ stamp }) => (stamp?.startsWith(id) ? [stamp] : []))
  expect(stamps).toEqual([...new Set(stamps)])
  return stamps.length
}

/** A host that has not heard of it yet, for 15 s of real time, drops its ticks; what is overdue is woken each half minute. */
const GOES_ON = { timeout: 60_000, interval: 2_000 }
const acceptedLater = (operator: Operator, campaign: Campaign): Promise<number> => {
  operator.system.clock.advance(MINUTE_MS / 2)
  return acceptedOf(operator, campaign)
}

/** The store is put back to a copy that was made while a campaign was sent; mails of since are forgotten. */
async function putBack(operator: Operator, campaign: Campaign): Promise<void> {
  const { processes, hosts, clock } = operator.system
  const [data, copy] = [join(operator.data, 'cosmos'), join(operator.data, 'copy-of-cosmos')]
  const store = async (change: () => void) => {
    await processes.cosmos.kill('SIGTERM')
    change()
    await processes.cosmos.restart()
  }
  await store(() => cpSync(data, copy, { recursive: true }))
  const sent = await acceptedOf(operator, campaign)
  // A minute later the mark stands outside of the store as well.
  clock.advance(MINUTE_MS)
  await soon(() => acceptedOf(operator, campaign)).toBeGreaterThan(sent)
  const epochs = "SELECT VALUE c.number FROM c WHERE c.kind = 'epoch'"
  const [number] = await operator.query<number>('sending', epochs)
  clock.advance(MINUTE_MS)
  await soon(async () => (await operator.query<number>('sending', epochs))[0]).toBeGreaterThan(number ?? 0)
  // As docs/operations/restore.md tells: nothing runs meanwhile.
  await Promise.all(hosts.all.map((host) => hosts.stop(host)))
  await store(() => {
    rmSync(data, { recursive: true })
    cpSync(copy, data, { recursive: true })
  })
  await Promise.all(hosts.all.map((host) => hosts.restart(host)))
}

/** Accepting that the store was put back. */
export const acceptRestore: Row = {
  command: 'accept_restore',
  does: 'puts in doubt what may have been sent since a restore, and lets sending go on',
  async prepare(operator) {
    const campaign = await started(operator, 'carla', 400)
    await soon(() => sentOf(operator, campaign)).toBeGreaterThan(0)
    await putBack(operator, campaign)
    const { state, why: by, counts } = await shown(operator, campaign)
    expect([state, by, counts.unknown]).toEqual(['waiting', 'stopped', 0])
    const sent = await acceptedOf(operator, campaign)
    const doubted: number[] = []
    return {
      body: { command: 'accept_restore', why: 'restored to 03:00' },
      result: { mailboxes: expect.any(Number), unknown: expect.any(Number) },
      repeat: { outcome: 'nothing_restored' },
      async seen() {
        doubted.push((await shown(operator, campaign)).counts.unknown)
        expect(doubted[0]).toBeGreaterThanOrEqual(sent)
        expect(new Set(doubted).size).toBe(1)
        if (doubted.length > 1) return
        await soon(() => acceptedLater(operator, campaign), GOES_ON).toBeGreaterThan(sent)
        for (const host of operator.hosts)
          await soon(async () => (await shown(operator, campaign, host)).why).not.toBe('stopped')
        await tell(operator, campaign, 'pause')
        await soon(async () => (await shown(operator, campaign)).counts.sending).toBe(0)
      },
    }
  },
}
