import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildBefore, versionBefore } from './before.ts'
import { bundleAll } from './bundles.ts'
import { runVersions } from './run.ts'

// npm run versions -- --before v1.2 --rows 300, or --record. See docs/operations/versions.md.
const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    rows: { type: 'string', default: '200' },
    record: { type: 'boolean', default: false },
  },
})
// It ends this process.
if (values.record) await import('./record.ts')
const revision = values.before ?? versionBefore()
if (!revision) {
  console.error('This clone has no earlier version: say which with --before, or fetch its history.')
  process.exit(1)
}
const began = performance.now()
const seconds = () => Math.round((performance.now() - began) / 1000)
const folder = mkdtempSync(join(tmpdir(), 'smm-bundles-'))
const before = buildBefore(revision)
await bundleAll(folder, 'now')
console.log(`${before.revision} beside what is here, built in ${seconds()} s`)
const progress = (phase: string) => console.log(`${seconds()} s: ${phase}`)
const versions = { before: before.dist, after: folder, rows: Number(values.rows), progress }
const { asked, mails, campaigns, wrong, kept } = await runVersions(versions).finally(() => {
  before.close()
  rmSync(folder, { recursive: true, force: true })
})
const all = [...wrong, ...kept.lost]
for (const one of all) console.log(one)
console.log(`${asked} requests, ${campaigns} campaigns, ${mails} mails, in ${seconds()} s`)
console.log(`versions: ${before.revision} and what is here, ${all.length} wrong`)
process.exit(all.length === 0 ? 0 : 1)
