import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CampaignKit, must, startCampaigns } from '../../kit/campaigns.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'smm-blobs-'))
let blobs: ChildProcess
let kit: CampaignKit
// In a process of its own: what it holds in memory is not ours.
beforeAll(async () => {
  const script = join(root, 'infra', 'local', 'blobs', 'main.ts')
  const endWithParent = `--import=${join(root, 'infra', 'tools', 'end-with-parent.mjs')}`
  blobs = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', endWithParent, script, '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: blobs.stdout as NodeJS.ReadableStream }), 'line')
  const { connectionString } = JSON.parse(String(line).slice('ready '.length))
  kit = await startCampaigns({ rate: 1, blobs: connectionString })
})
afterAll(async () => {
  await kit.close()
  blobs.kill()
  await once(blobs, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

const ROWS = 100_000
const MB = 1024 * 1024

/** A hundred thousand rows of 1 KB, packed as they are made. */
async function packedList(): Promise<{ packed: Buffer; bytes: number }> {
  const packing = createGzip()
  const pieces: Buffer[] = []
  packing.on('data', (piece: Buffer) => pieces.push(piece))
  let bytes = 0
  for (let row = 1; row <= ROWS; row += 1) {
    const fields = { First: `P${row}`, No: String(row), Text: `${row} `.padEnd(900, 'Lorem ipsum ') }
    const line = `${JSON.stringify({ row, to: `person.${row}@customers.example`, fields })}\n`
    bytes += line.length
    if (!packing.write(line)) await new Promise((resolve) => packing.once('drain', resolve))
  }
  packing.end()
  await new Promise((resolve) => packing.once('end', resolve))
  return { packed: Buffer.concat(pieces), bytes }
}

it('100,000 rows go through as they come: memory grows by less than 256 MB', async () => {
  const { packed, bytes } = await packedList()
  expect(bytes).toBeGreaterThan(95 * MB)
  const id = await kit.create({ html: '<p>Dear {{First}}, {{Text}}</p>' })
  const before = process.memoryUsage().rss
  let most = before
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 10)
  const { json } = must(await kit.upload(id, packed, { headers: { 'content-encoding': 'gzip' } }))
  clearInterval(watching)
  expect(json.campaign).toMatchObject({ state: 'ready', total: ROWS, skipped: 0 })
  expect((most - before) / MB).toBeLessThan(256)
  for (const position of [1, 100, 101, 50_000, ROWS]) {
    const row = await kit.services.content.row({ campaignId: id, list: listOf() }, position)
    expect(row?.row).toBe(position)
  }
}, 120_000)

const listOf = () => String(kit.stored('olivia').find(({ kind }) => kind === 'campaign')?.list)
