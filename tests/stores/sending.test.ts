import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSending } from '../kit/sending.ts'

let kit: Awaited<ReturnType<typeof startSending>>
beforeAll(async () => {
  kit = await startSending({ rate: 60 })
})
afterAll(() => kit.close())

it.each(['draft', 'send'] as const)('a campaign by %s arrives, each mail once, and is completed', async (mode) => {
  const account = kit.person()
  const id = await kit.campaign(account, 12, { mode })
  await kit.run()
  const { campaign, mailbox } = await kit.campaigns.see(account, id)
  expect(campaign).toMatchObject({ state: 'completed', counts: { sent: 12, failed: 0, unknown: 0 }, cursor: 12 })
  expect(mailbox).toMatchObject({ claims: [], open: [], wake: { at: null } })
  const stamps = kit.graph.delivered.map(({ stamp }) => stamp).filter((stamp) => stamp?.startsWith(id))
  expect(stamps.toSorted()).toEqual(Array.from({ length: 12 }, (_, at) => `${id}.${at + 1}`).toSorted())
})
