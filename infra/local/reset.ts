import { rmSync } from 'node:fs'
import { localFolder, running } from './running.ts'

// npm run reset: forgets everything that the stand-ins of `npm start` keep, their keys and the clock included.
const { folder, data } = localFolder()
const system = await running(folder)
if (system) {
  console.error(`The system runs (process ${system.pid}, ${system.origin}): stop it first, then reset.`)
  process.exit(1)
}
rmSync(data, { recursive: true, force: true })
console.log('Everything is forgotten; the next start begins anew.')
