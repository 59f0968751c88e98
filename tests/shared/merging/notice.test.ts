import { campaignOf } from '@securemailmerge/shared/graph/message'
import type { Outcome } from '@securemailmerge/shared/graph/outcome'
import { CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import { cancel, pause, resume, retryFailed, start } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import type { Mail } from '@securemailmerge/shared/merging/mail'
import { type Mailbox, wokenAt } from '@securemailmerge/shared/merging/mailbox'
import { nextLookAt } from '@securemailmerge/shared/merging/next-look'
import { MOST_UNTOLD, type Notice, noticeStampOf, noticesOf, withNotice } from '@securemailmerge/shared/merging/notice'
import { noticeMail } from '@securemailmerge/shared/merging/notice-mail'
import { tellOwner } from '@securemailmerge/shared/merging/tell-owner'
import { withEnd, withEndMoved } from '@securemailmerge/shared/merging/windows'
import { beforeEach, describe, expect, it } from 'vitest'
import { anAccount, hour, later, noon, second } from '../../builders.ts'
import { kept, MemorySending } from '../../kit/memory-sending.ts'
import { aCampaign, aMailbox, idOf, mailboxId } from '../../kit/merging-builders.ts'

const large = (some: Partial<Campaign> = {}, n = 1) => aCampaign({ total: MOST_UNTOLD + 1, ...some }, n)
const ready = (some: Partial<Campaign> = {}, mailbox: Partial<Mailbox> = {}) => ({
  mailbox: aMailbox(mailbox),
  campaign: large({ state: 'ready', ...some }),
})
const ofCampaign: Notice = { about: 'campaign', id: idOf(), language: 'en', at: noon.toISOString() }
const ofGrant = (id = 'g1'): Notice => ({
  about: 'grant',
  id: `${mailboxId}.${id}`,
  language: 'en',
  at: noon.toISOString(),
})

describe('F24 a campaign that is started', () => {
  it('is told of when it has more than 50 mails, in its language', () => {
    expect(start(null, null)(ready({ language: 'fr' }), noon).mailbox.notices).toEqual([
      { ...ofCampaign, language: 'fr' },
    ])
    expect(start(null, null)(ready({ total: MOST_UNTOLD }), noon).mailbox.notices).toEqual([])
    expect(MOST_UNTOLD).toBe(50)
  })

  it('is told of at once, also when it is for later', () => {
    const { mailbox } = start(later(hour), null)(ready(), noon)
    expect(mailbox).toMatchObject({ notices: [ofCampaign], wake: { at: noon.toISOString() } })
    expect(mailbox.open).toEqual([{ campaignId: idOf(), at: later(hour).toISOString(), isNew: true }])
    const asleep = wokenAt(aMailbox(), later(hour))
    expect(start(later(2 * hour), null)({ ...ready(), mailbox: asleep }, noon).mailbox.wake.at).toBe(noon.toISOString())
  })

  it('is told of once: not when it is started again, paused, resumed or tried again', () => {
    const started = start(null, null)(ready(), noon)
    const told = { ...started, mailbox: { ...started.mailbox, notices: [] } }
    const failed = { ...told, campaign: { ...told.campaign, counts: { sent: 0, failed: 3, unknown: 0 } } }
    for (const pair of [
      start(null, null)(told, noon),
      resume(pause(told, noon), noon),
      retryFailed(failed, noon),
      cancel(told, noon),
    ])
      expect(pair.mailbox.notices).toEqual([])
  })
})

describe('what is still to be told', () => {
  it('is all of the campaigns, and the last of the grants', () => {
    const second: Notice = { ...ofCampaign, id: idOf(2) }
    const all = [ofGrant(), ofCampaign, second, ofGrant('g2')].reduce(withNotice, aMailbox())
    expect(all.notices).toEqual([ofCampaign, second, ofGrant('g2')])
    // One that was stored before there were notices.
    const { notices: _, ...old } = aMailbox()
    expect([noticesOf(old), noticesOf(withNotice(old, ofGrant())), nextLookAt(old, noon)]).toEqual([
      [],
      [ofGrant()],
      null,
    ])
  })

  it('wakes the mailbox as soon as it may send, unless its owner has to sign in', () => {
    const open = [{ campaignId: idOf(), at: later(hour).toISOString() }]
    const told = aMailbox({ notices: [ofGrant()], open })
    expect(nextLookAt(told, noon)).toEqual(noon)
    expect(nextLookAt({ ...told, open: [] }, noon)).toEqual(noon)
    const until = later(90 * second)
    expect(nextLookAt({ ...told, rest: { until: until.toISOString(), why: 'throttled' } }, noon)).toEqual(until)
    expect(nextLookAt({ ...told, open: [], lost: 'needs_sign_in' }, noon)).toBeNull()
  })
})

describe('the mail', () => {
  const mailOf = (notice: Notice, campaign?: Campaign, account = anAccount(1)) =>
    noticeMail(notice, { account, campaign }, 'olivia@contoso.example')

  it('goes to the owner alone, says what, when and how many, and leads to a page that stops it', () => {
    const mail = mailOf(ofCampaign, large({ name: 'News', total: 1200 }))
    expect(mail).toMatchObject({ from: null, cc: [], bcc: [], attachments: [] })
    expect(mail.to).toEqual([{ address: 'olivia@contoso.example', name: null }])
    expect(mail.subject).toBe('A campaign of 1,200 mails was started from your mailbox')
    expect(mail.html).toMatch(/“News”.*1,200 mails/)
    expect(mail.html).toContain(`${noon.getUTCDate()} `)
    expect(mail.html).toContain('<a href="https://myapps.microsoft.com/">')
    const personal = mailOf(ofGrant(), undefined, { ...anAccount(1), tenantId: CONSUMER_TENANT })
    expect(personal.html).toContain('<a href="https://account.live.com/consent/Manage">')
  })

  it('says when one that is for later begins', () => {
    const campaign = large({ startAt: new Date('2031-05-06T07:08:00Z').toISOString() })
    expect(mailOf(ofCampaign, campaign).html).toMatch(/6 May 2031.*07:08 UTC on/)
    expect(mailOf({ ...ofCampaign, language: 'fr' }, campaign).html).toMatch(/6 mai 2031.*07:08 UTC/)
  })

  it('leaves no field open in any language, and has no footer', () => {
    for (const language of ['en', 'fr'] as const)
      for (const notice of [ofGrant(), ofCampaign])
        for (const startAt of [null, noon.toISOString()]) {
          const { subject, html } = mailOf({ ...notice, language }, large({ startAt }))
          expect(subject + html).not.toMatch(/[{}]|undefined|securemailmerge\.com/)
          expect(html).toMatch(
            language === 'fr' ? /^<div lang="fr">.*Si c&#39;était toi/ : /^<div lang="en">.*If that was you/,
          )
        }
  })

  it('writes a name as text, and never expands what stands in it', () => {
    const { html } = mailOf(ofCampaign, large({ name: '<img src=x>{link} "\n&' }))
    expect(html).toContain('“&lt;img src=x&gt;{link} &quot; &amp;”')
    expect(html.match(/<a /g)).toHaveLength(1)
  })

  it('has a stamp that is of no row and no campaign', () => {
    for (const notice of [ofGrant(), ofCampaign]) {
      const stamp = noticeStampOf(notice)
      expect(stamp.startsWith(mailboxId)).toBe(false)
      expect(campaignOf(stamp)).not.toMatch(/^[\w-]{43}\.[\w-]{22}$/)
    }
    expect(noticeStampOf(ofGrant())).not.toBe(noticeStampOf(ofCampaign))
  })
})

describe('telling', () => {
  let sending: MemorySending
  let now: Date
  let outcome: Outcome<void>
  const mails: Mail[] = []
  const codes: string[] = []
  const refused: string[] = []
  const parts = (address: string | null = 'o@x.example') => ({
    sending: sending.asSending,
    mails: {
      sendMail: async (_token: string, mail: Mail) => {
        mails.push(mail)
        now = new Date(now.getTime() + second)
        return outcome
      },
    },
    tokenRefused: (_: string, token: string) => void refused.push(token),
    ownerAddress: async () => address,
    notTold: (_: string, code: string) => void codes.push(code),
  })
  const mailbox = () => kept<Mailbox>(sending.kept, 'mailbox')!
  const tell = async (address?: string | null) => {
    const [notice] = noticesOf(mailbox())
    const given = { mailbox: mailbox(), notice: notice!, results: [], token: 't' }
    await (await tellOwner(parts(address), given))?.telling
  }
  beforeEach(() => {
    now = noon
    outcome = { kind: 'done', value: undefined }
    for (const list of [mails, codes, refused]) list.length = 0
    sending = new MemorySending(() => now)
    sending.put(large(), aMailbox({ notices: [ofCampaign] }))
  })

  it('takes the notice off the list, and its place in the pace', async () => {
    await tell()
    expect(mails.map(({ stamp }) => stamp)).toEqual([`notice.${idOf()}`])
    expect(mailbox().notices).toEqual([])
    expect(mailbox().windows.ends).toEqual([later(second).getTime()])
    expect(codes).toEqual([])
  })

  it('happens once, when two hosts have seen the same', async () => {
    const given = { mailbox: mailbox(), notice: ofCampaign, results: [], token: 't' }
    const both = await Promise.all([tellOwner(parts(), given), tellOwner(parts(), given)])
    await Promise.all(both.map((one) => one?.telling))
    expect(mails).toHaveLength(1)
  })

  it('waits where a mail has to wait', async () => {
    const rest: Mailbox['rest'] = { until: later(hour).toISOString(), why: 'throttled' }
    sending.put({ ...mailbox(), ...{ rest } })
    await tell()
    expect([mails.length, noticesOf(mailbox()).length]).toEqual([0, 1])
  })

  it.each<[string, Partial<Campaign>]>([
    ['is cancelled', { state: 'cancelled' }],
    ['has ended', { state: 'completed' }],
  ])('is left out for a campaign that %s', async (_, change) => {
    sending.put(large(change))
    await tell()
    expect([mails.length, codes.length, noticesOf(mailbox()).length]).toEqual([0, 0, 0])
  })

  it('is left out where nobody knows an address, and that is said', async () => {
    await tell(null)
    expect([mails, codes, mailbox().notices, mailbox().windows.ends]).toEqual([[], ['no_address'], [], []])
  })

  it.each<[Outcome<void>, string]>([
    [{ kind: 'refused', why: { class: 'sender', code: 'ErrorAccountSuspend' } }, 'ErrorAccountSuspend'],
    [
      { kind: 'refused', why: { class: 'row', code: 'ErrorInvalidRecipients', isFinal: true } },
      'ErrorInvalidRecipients',
    ],
    [{ kind: 'refused', why: { class: 'day_limit' } }, 'day_limit'],
    [{ kind: 'refused', why: { class: 'throttled', retryAfterMs: 600_000 } }, 'throttled'],
    [
      { kind: 'refused', why: { class: 'sign_in', code: 'InvalidAuthenticationToken', claims: null } },
      'InvalidAuthenticationToken',
    ],
    [{ kind: 'unclear', reason: 'ECONNRESET' }, 'ECONNRESET'],
  ])('in vain (%j) is said by its code, and not tried again', async (given, code) => {
    outcome = given
    await tell()
    expect([codes, mailbox().notices]).toEqual([[code], []])
    const isRest = code === 'throttled' || code === 'day_limit'
    expect(mailbox().rest?.why ?? null).toBe(isRest ? code : null)
    expect(refused).toEqual(code === 'InvalidAuthenticationToken' ? ['t'] : [])
    expect(kept<Campaign>(sending.kept, `campaign:${idOf()}`)?.state).toBe('running')
  })

  it('an end that was counted ahead is moved, and no other', () => {
    const windows = [noon, later(30 * second)].reduce(withEnd, aMailbox().windows)
    expect(withEndMoved(windows, later(30 * second), later(second)).ends).toEqual([
      noon.getTime(),
      later(second).getTime(),
    ])
    expect(withEndMoved(windows, later(hour), later(second))).toBe(windows)
  })
})
