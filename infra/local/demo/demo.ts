import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSystem } from '../system.ts'
import { purchaseSteps } from './purchase-steps.ts'
import { sendingSteps } from './sending-steps.ts'
import { Stage } from './stage.ts'
import { steps as licenceSteps } from './steps.ts'

// Its own ports and its own data: `npm start` may run beside it.
const folder = mkdtempSync(join(tmpdir(), 'securemailmerge-demo-'))
const steps = [...licenceSteps, ...purchaseSteps, ...sendingSteps]
const began = performance.now()
const system = await startSystem({ base: 0, data: folder, quiet: true, rate: 20 })
let passed = 0
try {
  const stage = new Stage(system)
  for (const [index, [title, play]] of steps.entries()) {
    await play(stage)
    passed += 1
    console.log(`✓ ${index + 1}/${steps.length} ${title}`)
  }
} catch (error) {
  console.log(`✗ ${passed + 1}/${steps.length} ${steps[passed]?.[0]}: ${(error as Error).message}`)
} finally {
  await system.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`in ${((performance.now() - began) / 1000).toFixed(1)} s`)
console.log(`demo: ${passed} of ${steps.length} steps passed`)
process.exitCode = passed === steps.length ? 0 : 1
