import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordLicensing } from './licensing-record.ts'
import { recordSending } from './sending-record.ts'

// npm run versions -- --record: keeps what this version writes, for all later ones to read. One file a day.
const recorded = { licensing: await recordLicensing(), sending: await recordSending() }
const file = join(import.meta.dirname, 'fixtures', `${new Date().toISOString().slice(0, 10)}.json`)
writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
console.log(`recorded: ${file}`)
// A client of the Service Bus keeps its process for two minutes after its close.
process.exit(0)
