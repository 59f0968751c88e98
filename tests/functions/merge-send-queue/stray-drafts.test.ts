import { afterAll, beforeAll, expect, it } from 'vitest'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, startCampaigns } from '../../kit/campaigns.ts'

let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 60 })
  await kit.allow('olivia', { drafts: true })
})
afterAll(() => kit.close())

const over = ['completed', 'completed_with_errors']
const drafts = () => kit.graph.store.of(cast.olivia.mail, 'drafts').length
const drafting = { method: 'POST', path: 'me/messages' }

it('drafts that a campaign has left are deleted after each of its ends', async () => {
  kit.graph.faults.add({ ...drafting, times: 5, do: { status: 503 } })
  const id = await kit.started(1, { mode: 'draft' })
  await kit.runUntil(id, over)
  kit.advance(20 * 60_000)
  await kit.timer('tidy')
  // Its sender tries once more; the answer to the first draft is lost.
  kit.graph.faults.add({ ...drafting, times: 1, do: { status: 504, when: 'after' } })
  const { campaign, mailbox } = await kit.services.campaigns.see(cast.olivia, id)
  expect({ counts: campaign.counts, claims: mailbox.claims }).toMatchObject({ counts: { failed: 1 }, claims: [] })
  must(await kit.at('retry_campaign', id))
  await kit.runUntil(id, over)
  expect(drafts()).toBe(1)
  kit.advance(20 * 60_000)
  await kit.timer('tidy')
  expect(drafts()).toBe(0)
})

it('a campaign that goes on while its drafts are looked for is left alone', async () => {
  kit.graph.faults.add({ ...drafting, times: 5, do: { status: 503 } })
  const id = await kit.started(1, { mode: 'draft' })
  await kit.runUntil(id, over)
  kit.advance(20 * 60_000)
  const { mails } = kit.services
  const draftsOf = mails.draftsOf.bind(mails)
  mails.draftsOf = async (...asked) => {
    const found = await draftsOf(...asked)
    must(await kit.at('retry_campaign', id))
    return found
  }
  await kit.timer('tidy')
  mails.draftsOf = draftsOf
  expect((await kit.services.campaigns.see(cast.olivia, id)).campaign).toMatchObject({
    isSwept: false,
    state: 'running',
  })
  await kit.runUntil(id, over)
  expect(kit.sentOf(id)).toHaveLength(1)
})
