import en from '@securemailmerge/shared/languages/mailbox.en.json' with { type: 'json' }
import fr from '@securemailmerge/shared/languages/mailbox.fr.json' with { type: 'json' }
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { endMailboxGrant } from '../../../functions/merge-send-queue/end-mailbox-grant.ts'
import { finishMailboxGrant } from '../../../functions/merge-send-queue/finish-mailbox-grant.ts'
import { type CastKey, cast } from '../../../infra/local/identity/cast.ts'
import { type CampaignKit, must, startCampaigns } from '../../kit/campaigns.ts'
import { type Got, invoke } from '../../kit/invoke.ts'
import { signInAt } from '../../kit/sign-in.ts'
import { paceOf } from '../../pace/windows.ts'

const minute = 60_000
const hour = 60 * minute
let kit: CampaignKit
beforeAll(async () => {
  kit = await startCampaigns({ rate: 30 })
  await kit.allow('olivia', { drafts: true })
})
afterAll(() => kit.close())
afterEach(async () => {
  kit.graph.faults.clear()
  kit.cosmos.faults.clear()
  kit.logged.length = 0
  await kit.run()
  kit.advance(5 * minute)
  expect(kit.graph.tooFast).toEqual([])
})

const over = ['completed', 'completed_with_errors']
const sendMail = { method: 'POST', path: 'me/sendMail' }
const noticesOf = (id: string) => kit.graph.delivered.filter(({ stamp }) => stamp === `notice.${id}`)
const notTold = () => kit.logged.filter(({ event }) => event === 'notice_not_sent')
const waiting = (person: CastKey) =>
  kit.stored(person).find(({ kind }) => kind === 'mailbox')?.notices as unknown[] | undefined

/** Somebody allows sending, all the way by the page. Answers the id of the grant, and the page. */
async function allowed(person: CastKey, language = 'en', on = kit.services): Promise<{ id: string; page: Got }> {
  const wish = { drafts: true, shared: false, loginHint: null }
  const { tenantId, objectId } = cast[person]
  const { grantId, signInUrl } = await kit.services.grants.begin({ tenantId, objectId }, wish, kit.now())
  const { href, searchParams } = await signInAt(signInUrl, person)
  const page = await invoke(finishMailboxGrant(on), 'finish_mailbox_grant', {
    ...{ method: 'GET', url: href, query: Object.fromEntries(searchParams) },
    headers: { 'accept-language': language },
  })
  return { id: grantId, page }
}

describe('F24 when sending is allowed', () => {
  it.each([
    ['en', en],
    ['fr', fr],
  ] as const)(
    'its owner finds a mail about it in the mailbox, in the language of the page (%s)',
    async (language, words) => {
      const { id, page } = await allowed('amir', language)
      expect(page.text).toContain(words.pages.done.title)
      expect(page.lines.map((line) => JSON.parse(line))).toContainEqual(
        expect.objectContaining({ event: 'grant_made', mailbox: id.slice(0, 43) }),
      )
      await kit.run()
      const { mail } = cast.amir
      expect(noticesOf(id)).toMatchObject([
        { mailbox: mail, from: mail, to: [{ address: mail }], cc: [], bcc: [], subject: words.notices.grant.subject },
      ])
      const [found] = kit.graph.store.of(mail, 'inbox')
      expect(found).toMatchObject({ subject: words.notices.grant.subject })
      expect(found?.html).toContain('<a href="https://myapps.microsoft.com/">')
      expect(waiting('amir')).toEqual([])
      expect(notTold()).toEqual([])
    },
  )

  it('whose address is another than the one of the sign-in gets it where mail arrives', async () => {
    const { id } = await allowed('lee')
    await kit.run()
    expect(noticesOf(id).map(({ to }) => to[0]?.address)).toEqual([cast.lee.mail])
    expect(kit.graph.store.of(cast.lee.mail, 'inbox')).toHaveLength(1)
  })

  it('a grant that Microsoft lets send nothing stands, and the page says done', async () => {
    kit.graph.faults.add({ ...sendMail, times: 1, do: { status: 403, code: 'ErrorAccountSuspend' } })
    const { id, page } = await allowed('bea')
    expect(page.text).toContain(en.pages.done.title)
    await kit.run()
    expect(noticesOf(id)).toEqual([])
    expect(notTold()).toMatchObject([{ mailbox: id.slice(0, 43), code: 'ErrorAccountSuspend' }])
    expect(kit.stored('bea', 'mailbox-grants')).toContainEqual(expect.objectContaining({ id: 'grant', lost: null }))
  })

  it('no line and no item but the grant names the address, and that only until it ends', async () => {
    const { id, page } = await allowed('carla')
    await kit.run()
    const { mail } = cast.carla
    expect(JSON.stringify([page.lines, kit.logged, kit.stored('carla')])).not.toContain(mail)
    const grant = () => kit.stored('carla', 'mailbox-grants').find((item) => item.id === 'grant')
    expect(grant()).toMatchObject({ address: mail })
    const listed = await kit.services.grants.list(cast.carla, kit.now())
    expect(listed.grant?.grantId).toBe(id)
    const ended = await invoke(endMailboxGrant(kit.services), 'end_mailbox_grant', {
      ...{ method: 'DELETE', params: { grantId: id } },
      headers: { authorization: `Bearer ${await kit.tokenOf('carla')}` },
    })
    expect(ended.status).toBe(200)
    expect(ended.lines.join()).toContain('grant_ended')
    expect(grant()).toMatchObject({ address: null, sealed: null })
  })

  it('while sending is stopped the mail waits', async () => {
    await kit.command({ command: 'stop', switch: 'sending', why: 'test' })
    kit.advance(minute)
    const { id } = await allowed('amir')
    await kit.run()
    expect(noticesOf(id)).toEqual([])
    await kit.command({ command: 'go', switch: 'sending', why: 'test' })
    kit.advance(minute)
    await kit.timer('sweep')
    await kit.run()
    expect(noticesOf(id)).toHaveLength(1)
  })
})

describe('F24 when a campaign starts', () => {
  it.each(['draft', 'send'] as const)('of 51 mails, its owner is told before they leave (%s)', async (mode) => {
    const id = await kit.ready(51, { mode, name: 'Spring <news>' })
    must(await kit.at('start_campaign', id))
    expect(await kit.runUntil(id, over)).toMatchObject({ counts: { sent: 51, failed: 0, unknown: 0 } })
    const [notice, ...others] = noticesOf(id)
    expect(others).toEqual([])
    expect(notice).toMatchObject({ to: [{ address: cast.olivia.mail }], subject: expect.stringContaining('51') })
    expect(notice?.html).toContain('Spring &lt;news&gt;')
    expect(kit.graph.store.of(cast.olivia.mail, 'inbox')[0]?.subject).toBe(notice?.subject)
    expect(kit.sentOf(id)).toHaveLength(51)
    // It goes first; how long Microsoft takes for either is Microsoft's.
    expect(notice?.at).toBeLessThan(kit.mailsOf(id)[2]?.at ?? 0)
  })

  it('of 50 mails, nobody is told', async () => {
    const id = await kit.started(50)
    expect((await kit.runUntil(id, over)).counts.sent).toBe(50)
    expect(noticesOf(id)).toEqual([])
  })

  it('for later, its owner is told when it is scheduled, and not again when it begins', async () => {
    const id = await kit.ready(51, { mode: 'draft', language: 'fr' })
    must(await kit.at('start_campaign', id, { body: { at: new Date(kit.now().getTime() + 6 * hour).toISOString() } }))
    await kit.run()
    expect(noticesOf(id).map(({ subject }) => subject)).toEqual([fr.notices.campaign.subject.replace('{count}', '51')])
    expect(kit.sentOf(id)).toEqual([])
    kit.advance(5.5 * hour)
    await kit.runUntil(id, over)
    expect([kit.sentOf(id).length, noticesOf(id).length]).toEqual([51, 1])
  })

  it('again and again, or paused and resumed: told once', async () => {
    const id = await kit.ready(51, { mode: 'draft' })
    await Promise.all(Array.from({ length: 3 }, () => kit.at('start_campaign', id)))
    await kit.run(() => kit.sentOf(id).length > 5)
    must(await kit.at('pause_campaign', id))
    await kit.run()
    must(await kit.at('resume_campaign', id))
    await kit.runUntil(id, over)
    expect([kit.sentOf(id).length, noticesOf(id).length]).toEqual([51, 1])
  })

  it('a host that dies before the mail leaves, or after: told at most once, and the campaign goes on', async () => {
    for (const when of ['before', 'after']) {
      const dying = kit.host()
      const { sendMail: send } = dying.mails
      dying.mails.sendMail = async (...of) => {
        if (when === 'after') await send.apply(dying.mails, of)
        throw new Error('the host dies here')
      }
      const id = await kit.started(51, { mode: 'draft' })
      await kit.run(() => waiting('olivia')?.length === 0, [dying])
      await kit.runUntil(id, over)
      expect([kit.sentOf(id).length, noticesOf(id).length]).toEqual([51, when === 'after' ? 1 : 0])
    }
  })

  it('three at once: each is told of, and no minute has too many', async () => {
    const ids: string[] = []
    for (let made = 0; made < 3; made += 1) ids.push(await kit.ready(51, { mode: 'draft' }))
    await Promise.all(ids.map((id) => kit.at('start_campaign', id)))
    for (const id of ids) await kit.runUntil(id, over)
    expect(ids.map((id) => [kit.sentOf(id).length, noticesOf(id).length])).toEqual([
      [51, 1],
      [51, 1],
      [51, 1],
    ])
    const pace = paceOf(
      [...ids.flatMap((id) => [...kit.mailsOf(id), ...noticesOf(id)]).map(({ at }) => at)].sort((a, b) => a - b),
    )
    expect(pace).toMatchObject({ mails: 156 })
    expect(pace.most).toBeLessThanOrEqual(30)
  })

  it.each<[string, object]>([
    ['refuses it', { status: 403, code: 'ErrorAccountSuspend' }],
    ['is busy', { status: 503 }],
    ['throttles it', { status: 429, retryAfter: 60 }],
    ['takes it and says nothing', { drop: 'after' }],
    ['takes long', { delayMs: 2_000 }],
  ])('Microsoft %s: the campaign goes on', async (_, deed) => {
    kit.graph.faults.add({ ...sendMail, times: 1, do: deed as never })
    const id = await kit.started(51, { mode: 'draft' })
    const shown = await kit.runUntil(id, over)
    expect(shown).toMatchObject({ state: 'completed', counts: { sent: 51, failed: 0, unknown: 0 } })
    expect(kit.sentOf(id)).toHaveLength(51)
    expect(noticesOf(id).length).toBeLessThanOrEqual(1)
    if (!('delayMs' in deed)) expect(notTold()).toHaveLength(1)
  })
})
