import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleAll } from './bundles.ts'
import { laterVersion } from './later-version.ts'
import { runVersions } from './run.ts'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smm-bundles-'))
  await bundleAll(join(folder, 'today'), 'today')
  await bundleAll(join(folder, 'later'), 'later', [laterVersion])
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('today’s version beside one that writes more: back to the old one, forward again, and nothing is lost', async () => {
  const versions = { before: join(folder, 'today'), after: join(folder, 'later'), rows: 60 }
  const { asked, mails, kept, wrong } = await runVersions(versions)
  expect(wrong).toEqual([])
  expect(kept.lost).toEqual([])
  expect(asked).toBeGreaterThan(200)
  expect(mails).toBeGreaterThanOrEqual(120)
  expect(kept.kept).toBeGreaterThan(50)
}, 300_000)
