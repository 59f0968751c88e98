import { cancel } from '@securemailmerge/shared/merging/acts'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listMailboxes } from '../../../functions/merge-send-queue/list-mailboxes.ts'
import { cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, startCampaigns } from '../../kit/campaigns.ts'
import { invoke } from '../../kit/invoke.ts'

const hour = 3_600_000
const sending = { method: 'POST', path: 'me/sendMail' }
const over = ['completed', 'completed_with_errors']
let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
})
afterAll(() => kit.close())
beforeEach(() => kit.allow('olivia'))
afterEach(async () => {
  kit.graph.faults.clear()
  for (const { campaignId, endedAt } of (await kit.ask('list_campaigns')).json.campaigns)
    if (endedAt === null) await kit.services.campaigns.act(cast.olivia, campaignId, cancel)
  await kit.run()
  kit.advance(3 * 60_000)
})

/** What the page shows of the mailbox. */
async function mailboxState() {
  const headers = { authorization: `Bearer ${await kit.tokenOf('olivia')}` }
  const { json } = await invoke(listMailboxes(kit.services), 'list_mailboxes', { method: 'GET', headers })
  return json.mailboxes[0]?.state
}
/** A campaign whose tokens Microsoft refuses one after the other, although it gives them. */
async function lost() {
  kit.graph.faults.add({ ...sending, times: -1, do: { status: 401, code: 'InvalidAuthenticationToken' } })
  const id = await kit.started(3)
  expect(await kit.runUntil(id, ['needs_sign_in'])).toMatchObject({ counts: { sent: 0, failed: 0, pending: 3 } })
  await kit.run()
  kit.graph.faults.clear()
  return id
}
const done = { state: 'completed', counts: { sent: 3, failed: 0 } }

describe('a campaign that waits for a sign-in, of which the grant knows nothing', () => {
  it('is seen where one signs in again, and goes on by that', async () => {
    const id = await lost()
    expect(await mailboxState()).toBe('needs_sign_in')
    await kit.allow('olivia')
    expect(await mailboxState()).toBe('ready')
    expect(await kit.runUntil(id, over)).toMatchObject(done)
  })

  it('goes on when it is resumed', async () => {
    const id = await lost()
    must(await kit.at('resume_campaign', id))
    expect(await kit.runUntil(id, over)).toMatchObject(done)
    expect(await mailboxState()).toBe('ready')
  })

  it('goes on when a test mail shows that it can', async () => {
    const id = await lost()
    must(await kit.at('send_test', id, { body: { to: 'me@x.example' } }))
    expect(await kit.runUntil(id, over)).toMatchObject(done)
  })

  it('goes on by itself some time later', async () => {
    const id = await lost()
    kit.advance(2.1 * hour)
    await kit.timer('sweep')
    expect(await kit.runUntil(id, over)).toMatchObject(done)
  })

  it('stays so while Microsoft refuses each new token', async () => {
    const id = await lost()
    kit.graph.faults.add({ ...sending, times: -1, do: { status: 401, code: 'InvalidAuthenticationToken' } })
    must(await kit.at('resume_campaign', id))
    await kit.run()
    expect(await kit.runUntil(id, ['needs_sign_in'])).toMatchObject({ counts: { sent: 0, failed: 0, pending: 3 } })
    expect(await mailboxState()).toBe('needs_sign_in')
  })
})

it('one that is lost indeed stays so, however often it is resumed, until its owner signs in', async () => {
  const id = await kit.started(3)
  await kit.disallow('olivia')
  await kit.runUntil(id, ['needs_sign_in'])
  for (let times = 0; times < 3; times += 1) {
    must(await kit.at('resume_campaign', id))
    await kit.run()
  }
  const shown = (await kit.at('show_campaign', id)).json
  expect(shown).toMatchObject({ state: 'needs_sign_in', counts: { failed: 0, unknown: 0 } })
  // Whoever comes back finds it, also when nobody told the mailbox.
  const { goOn } = kit.services
  kit.services.goOn = async () => {}
  await kit.allow('olivia')
  kit.services.goOn = goOn
  expect(await mailboxState()).toBe('needs_sign_in')
  kit.advance(2.1 * hour)
  await kit.timer('sweep')
  expect((await kit.runUntil(id, over)).state).toBe('completed')
  expect((await kit.services.sending.mailbox(mailboxIdOf(cast.olivia)))?.lost).toBeNull()
})

it('a mailbox that Microsoft told to wait waits also after its owner has signed in anew, and then goes on', async () => {
  kit.graph.faults.add({ ...sending, times: 1, do: { status: 429, retryAfter: 3 * 3600 } })
  const id = await kit.started(3)
  const { waitsUntil } = await kit.runUntil(id, ['waiting'])
  expect(Date.parse(waitsUntil) - kit.now().getTime()).toBeGreaterThan(2.5 * hour)
  // Lost meanwhile, and found again: by the owner, by resuming, and by a turn that asks whoever knows the tokens.
  for (const again of [() => kit.allow('olivia'), () => kit.at('resume_campaign', id), () => kit.timer('sweep')]) {
    const { sending: store } = kit.services
    await store.change(mailboxIdOf(cast.olivia), [], ({ mailbox }) => ({
      answer: null,
      mailbox: { ...mailbox, lost: 'needs_sign_in' },
    }))
    await again()
    await kit.run()
    const mailbox = await store.mailbox(mailboxIdOf(cast.olivia))
    expect(mailbox?.rest).toEqual({ until: waitsUntil, why: 'throttled' })
    expect(kit.sentOf(id)).toEqual([])
  }
  await kit.allow('olivia')
  kit.advance(3 * hour)
  await kit.timer('sweep')
  expect(await kit.runUntil(id, over)).toMatchObject(done)
})

it('a mailbox of one’s own that good tokens may not send from stops its campaign: signing in would not help', async () => {
  kit.graph.faults.add({ ...sending, times: -1, do: { status: 403, code: 'ErrorAccessDenied' } })
  const id = await kit.started(3)
  expect(await kit.runUntil(id, ['needs_sign_in', 'blocked'])).toMatchObject({
    ...{ state: 'blocked', why: 'ErrorAccessDenied', counts: { sent: 0, failed: 0, pending: 3 } },
  })
  expect(await mailboxState()).toBe('ready')
  kit.graph.faults.clear()
  must(await kit.at('resume_campaign', id))
  expect(await kit.runUntil(id, over)).toMatchObject(done)
})
