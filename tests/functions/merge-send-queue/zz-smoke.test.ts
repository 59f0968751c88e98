import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CampaignKit, startCampaigns } from '../../kit/campaigns.ts'
let kit: CampaignKit
beforeAll(async () => { kit = await startCampaigns({ rate: 50 }) })
afterAll(() => kit.close())
it('smoke', async () => {
  await kit.allow('olivia', { drafts: true })
  const t = performance.now()
  const id = await kit.started(30, { mode: 'draft' })
  const shown = await kit.runUntil(id, ['completed', 'completed_with_errors'])
  console.log(performance.now() - t, shown, kit.sentOf(id), kit.thrown, kit.logged)
  await kit.run()
  expect(shown.state).toBe('completed')
})
