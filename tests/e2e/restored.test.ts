import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tokenOf } from '../../infra/local/call-as.ts'
import { Stage } from '../../infra/local/demo/stage.ts'
import { type System, startSystem } from '../../infra/local/system.ts'
import { Sender } from '../versions/sending-story.ts'

// docs/operations/restore.md, of container `sending`, by whoever forgets to hold everything still.

const RATE = 20
/** More than can go, and be put in doubt, in the while that is forgotten. */
const ROWS = 360
const ROWS_A_CALL = 90
const SENT_AGAIN = 20
/** In it sweeps and ticks come by: a minute and more of theirs. */
const WATCHED_MS = 4_000

let data: string
let system: System
let stage: Stage
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'smm-restored-'))
  const hosts = ['functions', 'functions']
  system = await startSystem({ base: 0, data, quiet: true, rate: RATE, hosts })
  stage = new Stage(system)
}, 120_000)
afterAll(async () => {
  await system?.stop()
  rmSync(data, { recursive: true, force: true })
})

const mails = async () => Number((await stage.atGraph('delivered')).count)
/** The rows whose mails Microsoft has accepted, each as often as it was. */
async function rowsSent(campaignId: string): Promise<number[]> {
  const { mails: all } = (await stage.atGraph('mails')) as { mails: { stamp: string | null }[] }
  const stamps = all.map(({ stamp }) => stamp ?? '').filter((stamp) => stamp.startsWith(`${campaignId}.`))
  return stamps.map((stamp) => Number(stamp.split('.').at(-1)))
}

async function epoch(): Promise<number> {
  const said = await fetch(`${system.cosmos}/_local/items?container=sending&partitionKey=epoch`)
  const [item] = (await said.json()) as { number: number }[]
  return item?.number ?? 0
}

async function report(campaignId: string): Promise<{ position: number; state: string; why: string | null }[]> {
  const Authorization = `Bearer ${await tokenOf(system, 'amir', 'sendingApi')}`
  const said = await fetch(`${system.origin}/api/campaigns/${campaignId}/report`, { headers: { Authorization } })
  return (await said.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function accept(): Promise<Record<string, unknown>> {
  const command = { command: 'accept_restore', why: 'restored to 03:00, incident 12' }
  const messageId = await system.sendCommand(command, 'merge-send-queue-commands')
  const line = await system.waitForLog((one) => one.event === 'command_done' && one.messageId === messageId, 30_000)
  return { outcome: line.outcome, ...(line.result as object) }
}

async function settle(campaignId: string, rows: number[], as: 'sent' | 'again'): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_CALL) {
    const positions = rows.slice(at, at + ROWS_A_CALL)
    const said = await stage.call('amir', 'POST', `/api/campaigns/${campaignId}/rows/settle`, { positions, as })
    expect(said.status, JSON.stringify(said.body)).toBe(200)
  }
}

it('nothing leaves until an operator accepts it; then what was forgotten is in doubt, the rest goes, and none twice', async () => {
  const sender = new Sender(stage, 'amir', 'draft', ROWS)
  await sender.begin()
  await sender.progress(10)
  const file = join(data, 'cosmos', 'databases', names.database, 'sending.jsonl')
  const copy = join(data, 'copy.jsonl')
  copyFileSync(file, copy)
  const [copied, before] = [await epoch(), await mails()]
  // Marks are made once a minute; by less a copy cannot be told from the store.
  await expect.poll(epoch, { timeout: 60_000 }).toBeGreaterThanOrEqual(copied + 3)
  await sender.progress(10)
  for (const host of system.hosts.all) await host.kill()
  await system.processes.cosmos.kill()
  copyFileSync(copy, file)
  await system.processes.cosmos.restart()
  const forgotten = (await mails()) - before
  expect(forgotten).toBeGreaterThan(10)

  const after = await mails()
  await Promise.all(system.hosts.all.map((host) => host.restart()))
  expect(await sender.shown()).toMatchObject({ state: 'waiting', why: 'stopped', counts: { unknown: 0 } })
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS))
  expect(await mails()).toBe(after)

  const accepted = await accept()
  expect(accepted).toMatchObject({ outcome: 'done', mailboxes: 1 })
  expect(accepted.unknown).toBeGreaterThanOrEqual(forgotten)
  expect(accepted.unknown).toBeLessThan(ROWS)
  expect(await accept()).toMatchObject({ outcome: 'nothing_restored' })
  const { campaignId, counts } = await sender.over()
  const sent = await rowsSent(campaignId)
  expect(new Set(sent).size).toBe(sent.length)
  expect(counts).toMatchObject({ failed: 0, sent: ROWS - counts.unknown })
  const doubted = (await report(campaignId)).filter(({ state }) => state === 'unknown')
  expect(doubted.map(({ why }) => why)).toEqual(Array(counts.unknown).fill('restored'))

  // Their sender looks into the mailbox, says what is there, and lets some of the others go once more.
  const isThere = new Set(sent)
  const [there, gone] = [true, false].map((is) =>
    doubted.map(({ position }) => position).filter((position) => isThere.has(position) === is),
  ) as [number[], number[]]
  expect(there.length).toBeGreaterThan(0)
  const again = gone.slice(0, SENT_AGAIN)
  await settle(campaignId, there, 'sent')
  await settle(campaignId, again, 'again')
  const left = gone.length - again.length
  expect((await sender.over()).counts).toMatchObject({ sent: ROWS - left, unknown: left, failed: 0 })
  expect((await rowsSent(campaignId)).toSorted()).toEqual([...sent, ...again].toSorted())
}, 300_000)
