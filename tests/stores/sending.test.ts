import { actOnTick } from '@securemailmerge/shared/merging/act-on-tick'
import { cancel, listStored, pause, resume, retryFailed, start } from '@securemailmerge/shared/merging/acts'
import { mailboxOf } from '@securemailmerge/shared/merging/campaign'
import { Rendering } from '@securemailmerge/shared/merging/rendering'
import { reportLines } from '@securemailmerge/shared/merging/report'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import { storeList } from '@securemailmerge/shared/merging/store-list'
import type { TurnParts } from '@securemailmerge/shared/merging/turn'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Deed } from '../../infra/local/graph/deeds.ts'
import { documented } from '../../infra/local/graph/limits.ts'
import { startSending } from '../kit/sending.ts'

type Account = ReturnType<Awaited<ReturnType<typeof startSending>>['person']>

const hour = 3_600_000
let kit: Awaited<ReturnType<typeof startSending>>
beforeAll(async () => {
  kit = await startSending({ rate: 30 })
})
afterEach(() => {
  kit.graph.faults.clear()
  kit.graph.faults.release()
  kit.stopSending(false)
  Object.assign(kit.graph.limits.most, documented)
  // Whatever happened, no minute has seen too many.
  expect(kit.graph.tooFast).toEqual([])
})
afterAll(() => kit.close())

const jumping = { jumps: true }
/** Runs until nothing is left to do. */
const runAll = () => kit.run(() => false, jumping)
const see = (account: Account, id: string) => kit.campaigns.see(account, id)
const shown = async (account: Account, id: string) => {
  const { mailbox, campaign } = await see(account, id)
  return shownCampaign(mailbox, campaign, kit.now())
}
const deliveriesOf = (id: string) => kit.graph.delivered.filter(({ stamp }) => stamp?.startsWith(id))
const rowsOf = (id: string) => deliveriesOf(id).map(({ stamp }) => Number(stamp?.split('.').at(-1)))
const each = (rows: number, from = 1) => Array.from({ length: rows }, (_, at) => at + from)
const addressOf = ({ objectId, tenantId }: Account) => `${objectId}@${tenantId}.example`
const fault = (account: Account, path: string, what: Deed, times = 1) =>
  kit.graph.faults.add({ mailbox: addressOf(account), path, times, do: what })

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 20_000
  while (!holds()) {
    if (Date.now() > end) throw new Error('it never comes to that')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What stands when all has been sent, each mail once, and nobody waits for anything. */
async function expectDone(account: Account, id: string, rows: number): Promise<void> {
  const { campaign, mailbox } = await see(account, id)
  expect(campaign).toMatchObject({ state: 'completed', counts: { sent: rows, failed: 0, unknown: 0 }, cursor: rows })
  expect(mailbox).toMatchObject({ claims: [], open: [], wake: { at: null } })
  expect(rowsOf(id).toSorted((a, b) => a - b)).toEqual(each(rows))
}

/** A host that can be killed: whatever it was about to do it does no more, and of what it had asked it hears nothing. */
function mortal(parts: TurnParts) {
  let isDead = false
  const never = new Promise<never>(() => {})
  const guarded = <T extends object>(real: T): T =>
    new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          if (isDead) return never
          const answer = value.apply(target, given) as unknown
          return answer instanceof Promise ? answer.then((one: unknown) => (isDead ? never : one)) : answer
        }
      },
    })
  const host = guarded({ ...parts, sending: guarded(parts.sending), mails: guarded(parts.mails) })
  return { host, kill: () => (isDead = true) }
}

/** Takes ticks as they are due on a host of its own, which dies when that holds. */
async function dieWhen(holds: () => boolean): Promise<void> {
  const { host, kill } = mortal(kit.parts)
  await until(() => {
    const due = kit.ticks.findIndex(({ at }) => at <= kit.now().getTime())
    const [next] = due === -1 ? [] : kit.ticks.splice(due, 1)
    if (next) void actOnTick(host, next, 1)
    return holds()
  })
  kill()
}

describe('a campaign', () => {
  it.each(['draft', 'send'] as const)('by %s arrives, each mail once, and is completed', async (mode) => {
    const account = kit.person()
    const id = await kit.campaign(account, 12, { mode })
    await kit.run()
    await expectDone(account, id, 12)
    expect(deliveriesOf(id)[4]).toMatchObject({ subject: 'Hello P5', to: [{ address: 'p5@x.example' }] })
  })

  it('begins at its instant, and not before', async () => {
    const account = kit.person()
    const at = new Date(kit.now().getTime() + hour)
    const id = await kit.campaign(account, 2, { at })
    expect(await shown(account, id)).toMatchObject({ state: 'scheduled', waitsUntil: at.toISOString() })
    await runAll()
    await expectDone(account, id, 2)
    const first = Math.min(...deliveriesOf(id).map(({ at: sent }) => sent))
    expect(first - at.getTime()).toBeGreaterThanOrEqual(0)
    expect(first - at.getTime()).toBeLessThan(30_000)
  })

  it('leaves no tick, no wake and no claim behind, and no draft', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 3)
    await runAll()
    expect(kit.ticks).toEqual([])
    await expectDone(account, id, 3)
    expect(kit.graph.store.of(addressOf(account), 'drafts')).toEqual([])
  })

  it('whose list is replaced after a look at it sends the new one, on every host', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 3, { at: new Date(kit.now().getTime() + hour) })
    // Not started yet, as it were.
    const early = await kit.campaigns.create(
      account,
      { id: crypto.randomUUID(), fingerprint: '' },
      { name: 'Two lists', from: null, mode: 'draft', language: 'en', licensedUntil: null },
      kit.now(),
    )
    await kit.content.putTemplate(early, { subject: 'To {{Name}}', html: '<p>{{Name}}</p>' })
    await kit.content.putAttachments(early, [])
    async function* lines(...names: string[]) {
      for (const [at, Name] of names.entries())
        yield Buffer.from(`${JSON.stringify({ row: at + 1, to: `${Name}@x.example`, fields: { Name } })}\n`)
    }
    const store = async (...names: string[]) => {
      const { campaign } = await see(account, early.campaignId)
      return storeList(kit, campaign, lines(...names))
    }
    await kit.campaigns.act(account, early.campaignId, listStored(await store('old', 'older')))
    const rendering = new Rendering(kit.content)
    const first = await see(account, early.campaignId)
    expect((await rendering.ready(first.campaign, 1)).to).toBe('old@x.example')
    await kit.campaigns.act(account, early.campaignId, listStored(await store('new', 'newer', 'newest')))
    const second = await see(account, early.campaignId)
    expect((await rendering.ready(second.campaign, 1)).to).toBe('new@x.example')
    await kit.campaigns.act(account, early.campaignId, start(null, null))
    // A third comes while it is being sent: it is refused, and what it has stored is nobody's.
    const late = await store('wrong', 'wronger', 'wrongest')
    await expect(kit.campaigns.act(account, early.campaignId, listStored(late))).rejects.toMatchObject({
      code: 'campaign_state',
    })
    await runAll()
    await expectDone(account, early.campaignId, 3)
    expect(deliveriesOf(early.campaignId).map(({ to }) => to[0]?.address)).toEqual(
      ['new', 'newer', 'newest'].map((name) => `${name}@x.example`),
    )
    await expectDone(account, id, 3)
  })
})

describe('two campaigns of one mailbox', () => {
  it('take turns, mail by mail', async () => {
    const account = kit.person()
    const large = await kit.campaign(account, 14)
    const small = await kit.campaign(account, 4)
    await runAll()
    await expectDone(account, large, 14)
    await expectDone(account, small, 4)
    const order = kit.graph.delivered.filter(({ mailbox }) => mailbox === addressOf(account))
    const last = order.findLastIndex(({ stamp }) => stamp?.startsWith(small))
    expect(last).toBeLessThanOrEqual(9)
  })
})

describe('its sender', () => {
  it('pauses it before the next mail, and goes on where it stopped', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 10)
    const run = kit.run()
    await until(() => deliveriesOf(id).length >= 3)
    await kit.campaigns.act(account, id, pause)
    // What is on its way arrives.
    await run
    const sent = deliveriesOf(id).length
    expect(sent).toBeLessThanOrEqual(6)
    const { campaign, mailbox } = await see(account, id)
    expect(campaign).toMatchObject({ state: 'paused', why: 'by_sender', counts: { sent } })
    expect(mailbox).toMatchObject({ claims: [], open: [], wake: { at: null } })
    kit.advance(hour)
    expect(deliveriesOf(id)).toHaveLength(sent)
    await kit.campaigns.act(account, id, resume)
    await runAll()
    await expectDone(account, id, 10)
  })

  it('cancels it while a mail is on its way: that one arrives and counts, no other', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 6)
    fault(account, 'me/messages/:id/send', { hold: 'after' })
    const run = kit.run()
    await until(() => kit.graph.faults.held === 1)
    const { campaign } = await kit.campaigns.act(account, id, cancel)
    const cursor = campaign.cursor
    kit.graph.faults.release()
    await run
    await runAll()
    const { counts, state } = await shown(account, id)
    expect(state).toBe('cancelled')
    expect(deliveriesOf(id)).toHaveLength(counts.sent)
    expect(counts).toMatchObject({ failed: 0, unknown: 0, sending: 0, pending: 6 - counts.sent })
    expect(counts.sent).toBeGreaterThan(0)
    expect(counts.sent).toBeLessThanOrEqual(cursor)
    const after = await see(account, id)
    const { lines } = await reportLines(kit, after.campaign, 0)
    expect(lines.map((line) => line.state).toSorted()).toEqual(
      [...each(counts.sent).map(() => 'sent'), ...each(6 - counts.sent).map(() => 'cancelled')].toSorted(),
    )
    await expect(kit.campaigns.act(account, id, resume)).rejects.toMatchObject({ code: 'campaign_state' })
  })

  it('signs out and in again: nothing is lost, nothing is burned', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 8)
    const run = kit.run()
    await until(() => deliveriesOf(id).length >= 2)
    kit.signOut(mailboxOf(id))
    await run
    await runAll()
    const sent = deliveriesOf(id).length
    expect(await shown(account, id)).toMatchObject({ state: 'needs_sign_in', counts: { sent, failed: 0, unknown: 0 } })
    kit.signIn(mailboxOf(id), account)
    await kit.campaigns.regain(mailboxOf(id))
    await runAll()
    await expectDone(account, id, 8)
  })

  it('is not asked when a token was ended before its time: the next one is new', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 3)
    fault(account, 'me/messages/:id/send', { status: 401 })
    await runAll()
    await expectDone(account, id, 3)
  })
})

describe('Microsoft', () => {
  it.each(['draft', 'send'] as const)(
    'throttles without a time: the mailbox waits, no try is used up (%s)',
    async (mode) => {
      const account = kit.person()
      const id = await kit.campaign(account, 3, { mode })
      fault(account, mode === 'draft' ? 'me/messages' : 'me/sendMail', { status: 429 }, 2)
      await runAll()
      await expectDone(account, id, 3)
      const rows = await kit.sending.rows((await see(account, id)).campaign, 0, 10)
      expect(rows.map(({ attempts }) => attempts)).toEqual([0, 0, 0])
    },
  )

  it('names a time: until then nothing is asked, and the wait is shown', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 3, { mode: 'send' })
    fault(account, 'me/sendMail', { status: 429, retryAfter: 600 })
    const before = kit.now().getTime()
    await kit.run(() => kit.ticks.every(({ at }) => at > kit.now().getTime() + 60_000))
    const { state, waitsUntil } = await shown(account, id)
    expect(state).toBe('waiting')
    expect(Date.parse(waitsUntil!) - before).toBeGreaterThanOrEqual(600_000)
    await runAll()
    await expectDone(account, id, 3)
    const first = Math.min(...deliveriesOf(id).map(({ at }) => at))
    expect(first).toBeGreaterThanOrEqual(Date.parse(waitsUntil!))
  })

  it('says the day is full: the campaign goes on when it is not', async () => {
    const account = kit.person()
    kit.graph.limits.most.recipients = 3
    const id = await kit.campaign(account, 5)
    await kit.run(() => deliveriesOf(id).length === 3 && kit.ticks.every(({ at }) => at > kit.now().getTime() + 60_000))
    expect(await shown(account, id)).toMatchObject({
      state: 'waiting_limit',
      counts: { sent: 3, failed: 0, unknown: 0 },
    })
    const began = kit.now().getTime()
    await runAll()
    await expectDone(account, id, 5)
    expect(kit.now().getTime() - began).toBeGreaterThan(22 * hour)
    const rows = await kit.sending.rows((await see(account, id)).campaign, 0, 10)
    expect(rows.every(({ attempts }) => attempts === 0)).toBe(true)
  })

  it('refuses the sender: the campaign stops after the first, and goes on when its sender says so', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 6)
    kit.graph.tokenFor({ ...account, scopes: [] })
    kit.graph.act.setState(addressOf(account), 'blocked')
    await runAll()
    expect(deliveriesOf(id)).toEqual([])
    expect(await shown(account, id)).toMatchObject({
      ...{ state: 'blocked', why: 'ErrorAccountSuspend' },
      counts: { sent: 0, failed: 0, unknown: 0, sending: 0, pending: 6 },
    })
    // One at least, and those that were on their way.
    expect(kit.graph.store.of(addressOf(account), 'drafts').length).toBeLessThanOrEqual(3)
    kit.graph.act.setState(addressOf(account), 'open')
    await kit.campaigns.act(account, id, resume)
    await runAll()
    await expectDone(account, id, 6)
    expect(kit.graph.store.of(addressOf(account), 'drafts')).toEqual([])
  })

  it('refuses a shared mailbox that this person may not send as: others of the mailbox go on', async () => {
    const account = kit.person()
    const shared = await kit.campaign(account, 3, { from: 'board@contoso.example' })
    const own = await kit.campaign(account, 3)
    await runAll()
    expect(await shown(account, shared)).toMatchObject({ state: 'blocked', counts: { sent: 0, failed: 0 } })
    await expectDone(account, own, 3)
  })

  it('refuses one recipient: the others go, and no draft of it is left', async () => {
    const account = kit.person()
    kit.graph.act.refuseAddress('p2@x.example')
    const id = await kit.campaign(account, 4)
    await runAll()
    kit.graph.act.refuseAddress('p2@x.example', false)
    const { campaign } = await see(account, id)
    expect(campaign).toMatchObject({ state: 'completed_with_errors', counts: { sent: 3, failed: 1, unknown: 0 } })
    expect(rowsOf(id).toSorted()).toEqual([1, 3, 4])
    expect(kit.graph.store.of(addressOf(account), 'drafts')).toEqual([])
    const [row] = await kit.sending.rows(campaign, 0, 10, 'failed')
    expect(row).toMatchObject({ position: 2, why: 'ErrorInvalidRecipients', isFinal: true, attempts: 0 })
    // Trying again helps none that cannot be helped.
    await kit.campaigns.act(account, id, retryFailed)
    await runAll()
    expect(await shown(account, id)).toMatchObject({ state: 'completed_with_errors', counts: { sent: 3, failed: 1 } })
  })

  it('does not answer five times: the row fails, and is sent once when it is tried again', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 1)
    fault(account, 'me/messages/:id/send', { status: 503 }, 5)
    await runAll()
    expect(await shown(account, id)).toMatchObject({ state: 'completed_with_errors', counts: { sent: 0, failed: 1 } })
    await kit.campaigns.act(account, id, retryFailed)
    await runAll()
    await expectDone(account, id, 1)
  })
})

describe('a mail of which nobody knows', () => {
  it.each([
    ['survives', 'not_found', 0],
    ['replaced', 'not_found', 0],
    ['survives', 'sent_again', 0],
    ['replaced', 'not_found', 300],
  ] as const)(
    'by draft, is looked for: its id %s, a second send is %s, the index is %i s behind',
    async (idAfterSend, secondSend, indexLagSeconds) => {
      const account = kit.person()
      kit.graph.tokenFor({ ...account, scopes: [] })
      kit.graph.act.behave(addressOf(account), { idAfterSend, secondSend, indexLagSeconds })
      const id = await kit.campaign(account, 6)
      fault(account, 'me/messages/:id/send', { status: 504, when: 'after' })
      fault(account, 'me/messages/:id/send', { status: 504 })
      fault(account, 'me/messages/:id/send', { drop: 'after' })
      fault(account, 'me/messages/:id/send', { drop: 'before' })
      fault(account, 'me/messages', { status: 504, when: 'after' })
      await runAll()
      await expectDone(account, id, 6)
    },
  )

  it('by one call, is settled by its sender, either way', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 4, { mode: 'send' })
    fault(account, 'me/sendMail', { status: 504, when: 'after' })
    fault(account, 'me/sendMail', { status: 504 })
    await runAll()
    const { campaign } = await see(account, id)
    expect(campaign).toMatchObject({ state: 'completed_with_errors', counts: { sent: 2, failed: 0, unknown: 2 } })
    const unknown = (await kit.sending.rows(campaign, 0, 10, 'unknown')).map(({ position }) => position)
    const [there, lost] = unknown.toSorted((a, b) => Number(rowsOf(id).includes(b)) - Number(rowsOf(id).includes(a)))
    expect([rowsOf(id).includes(there!), rowsOf(id).includes(lost!)]).toEqual([true, false])
    await kit.campaigns.settle(account, id, [there!], 'sent')
    await expect(kit.campaigns.settle(account, id, [there!], 'again')).rejects.toMatchObject({ code: 'not_found' })
    await kit.campaigns.settle(account, id, [lost!], 'again')
    await runAll()
    await expectDone(account, id, 4)
  })

  it('by draft, is unknown only when its owner has deleted it', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 2)
    fault(account, 'me/messages/:id/send', { drop: 'before' })
    await kit.run(() => deliveriesOf(id).length === 1 && kit.ticks.every(({ at }) => at > kit.now().getTime() + 30_000))
    const [draft] = kit.graph.store.of(addressOf(account), 'drafts')
    kit.graph.act.deleteMessage(addressOf(account), draft!.id, true)
    await runAll()
    expect(await shown(account, id)).toMatchObject({ state: 'completed_with_errors', counts: { sent: 1, unknown: 1 } })
  })
})

describe('a host that is killed', () => {
  it.each([
    ['survives', 'sent_again'],
    ['replaced', 'not_found'],
  ] as const)('in the middle of a mail leaves each mail to be sent once (id %s)', async (idAfterSend, secondSend) => {
    const account = kit.person()
    kit.graph.tokenFor({ ...account, scopes: [] })
    kit.graph.act.behave(addressOf(account), { idAfterSend, secondSend })
    const id = await kit.campaign(account, 8)
    fault(account, 'me/messages/:id/send', { delayMs: 30 }, -1)
    await dieWhen(() => deliveriesOf(id).length >= 2)
    await dieWhen(() => deliveriesOf(id).length >= 4)
    await runAll()
    await expectDone(account, id, 8)
  })

  it('by one call leaves at most what it was sending unknown, and nothing twice', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 6, { mode: 'send' })
    fault(account, 'me/sendMail', { hold: 'after' })
    await dieWhen(() => kit.graph.faults.held === 1)
    await runAll()
    const { counts, state } = await shown(account, id)
    expect(state).toBe('completed_with_errors')
    expect(counts).toMatchObject({ failed: 0, sending: 0, pending: 0 })
    // What it had claimed beside that was not sent.
    expect(counts.unknown).toBeGreaterThanOrEqual(1)
    expect(counts.unknown).toBeLessThanOrEqual(3)
    const rows = rowsOf(id).toSorted()
    expect(new Set(rows).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThanOrEqual(counts.sent + 1)
  })

  it('before its tick went out is revived by the sweeper, and by nothing else', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 3)
    kit.ticks.length = 0
    const overdue = async () =>
      (await kit.sending.overdue(new Date(kit.now().getTime() - 30_000), 1_000)).filter(
        ({ mailboxId }) => mailboxId === mailboxOf(id),
      )
    expect(await overdue()).toEqual([])
    kit.advance(31_000)
    const [mailbox] = await overdue()
    await kit.parts.tick(mailboxOf(id), mailbox!.wake.number, null)
    await runAll()
    await expectDone(account, id, 3)
    kit.advance(60_000)
    expect(await overdue()).toEqual([])
  })

  it('that is about to stop claims no more, and another one goes on at once', async () => {
    const account = kit.person()
    const id = await kit.campaign(account, 6)
    const run = kit.run()
    await until(() => deliveriesOf(id).length >= 2)
    kit.stopSending()
    await run
    const sent = deliveriesOf(id).length
    expect(sent).toBeLessThan(6)
    const { mailbox } = await see(account, id)
    expect(mailbox.claims).toEqual([])
    kit.stopSending(false)
    await kit.parts.tick(mailboxOf(id), mailbox.wake.number, null)
    await runAll()
    await expectDone(account, id, 6)
  })
})

describe('ticks that are doubled and taken at once', () => {
  it.each(['draft', 'send'] as const)('send each mail once, and no faster: %s', async (mode) => {
    const account = kit.person()
    const id = await kit.campaign(account, 34, { mode })
    await kit.run(() => false, { jumps: true, copies: 3 })
    await expectDone(account, id, 34)
  })

  it('of many mailboxes do not get in each other’s way', async () => {
    const accounts = each(5).map(() => kit.person())
    const ids = await Promise.all(accounts.map((account) => kit.campaign(account, 6)))
    await kit.run(() => false, { jumps: true, copies: 2 })
    for (const [at, account] of accounts.entries()) await expectDone(account, ids[at]!, 6)
  })
})

describe('without a sweeper', () => {
  it('nothing is stuck: whatever was left has come to its end', async () => {
    await runAll()
    kit.advance(hour)
    const overdue = await kit.sending.overdue(kit.now(), 1_000)
    expect(overdue.map(({ mailboxId, wake, open }) => [mailboxId, wake, open])).toEqual([])
  })
})
