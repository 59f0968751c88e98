import assert from 'node:assert/strict'
import { allowSending } from '../allow-sending.ts'
import type { Stage } from './stage.ts'

const MAILS = 200
const campaign = { id: '' }

const html = '<p>Dear {{First|friend}},</p><p>your number is <b>{{No}}</b>.</p>'
const path = (what = '') => `/api/campaigns/${campaign.id}${what}`
const shown = async (stage: Stage) => (await stage.call('bea', 'GET', path())).body

async function tell(stage: Stage, what: string, body: unknown = {}): Promise<Record<string, unknown>> {
  const said = await stage.call('bea', 'POST', path(what), body)
  if (said.status !== 200) throw new Error(`${what}: ${said.status} ${said.body?.title}: ${said.body?.detail}`)
  return said.body
}

/** Waits until so many are sent, with a bar that shows it. */
async function sentSoFar(stage: Stage, wanted: number): Promise<void> {
  const bar = process.stderr.isTTY
  const until = Date.now() + 60_000
  for (;;) {
    const { counts, state } = await shown(stage)
    if (bar)
      process.stderr.write(
        `\r  ${'█'.repeat((counts.sent * 40) / MAILS).padEnd(40, '░')} ${counts.sent} of ${MAILS} ${state} `,
      )
    if (counts.sent >= wanted) break
    if (Date.now() > until) throw new Error(`${counts.sent} of ${wanted} sent, ${state}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  if (bar) process.stderr.write('\r\u001b[K')
}

/** The story of a campaign, one sentence a step. */
export const sendingSteps: [title: string, play: (stage: Stage) => Promise<void>][] = [
  [
    'Bea allows sending from her mailbox: she signs in and consents',
    async (stage) => {
      const { body } = await stage.call('bea', 'GET', '/api/mailboxes')
      assert.deepEqual(body.mailboxes, [])
      await allowSending(stage.system, 'bea', { drafts: true })
    },
  ],
  [
    `a list of ${MAILS}: what is wrong with it is said before anything is sent`,
    async (stage) => {
      const wish = { name: 'News', subject: 'News for {{First|you}}', html, mode: 'draft' }
      campaign.id = (await stage.call('bea', 'POST', '/api/campaigns', wish)).body.campaignId
      const row = (n: number, to: string) =>
        JSON.stringify({ row: n, to, fields: { First: n % 10 === 0 ? '' : `Person ${n}`, No: String(n) } })
      const good = Array.from({ length: MAILS }, (_, at) => row(at + 1, `person${at + 1}@customers.example`))
      const list = [...good, row(MAILS + 1, 'nobody@@customers.example')].join('\n')
      const { preflight } = (await tell(stage, '/recipients', list)) as { preflight: Record<string, unknown> }
      assert.equal(preflight.mails, MAILS)
      assert.deepEqual(preflight.invalid, {
        count: 1,
        first: [{ line: MAILS + 1, row: MAILS + 1, code: 'address_invalid', about: 'to' }],
      })
      assert.equal((await stage.call('bea', 'POST', path('/start'), {})).body.title, 'template_invalid')
    },
  ],
  [
    'started; Microsoft throttles once, and the whole mailbox waits as long as it was told',
    async (stage) => {
      await stage.atGraph('faults', { path: 'me/messages', method: 'POST', do: { status: 429, retryAfter: 20 } })
      await tell(stage, '/start', { leaveOut: true })
      await stage.soon(async () => assert.equal((await shown(stage)).state, 'waiting'))
      await sentSoFar(stage, 20)
    },
  ],
  [
    'paused before the next mail; resumed where it stopped',
    async (stage) => {
      const { counts } = (await tell(stage, '/pause')) as { counts: { sent: number; sending: number } }
      stage.advance(5 / 1440)
      await new Promise((resolve) => setTimeout(resolve, 500))
      const later = (await shown(stage)).counts
      assert.ok(later.sent <= counts.sent + counts.sending, 'sent while paused')
      await tell(stage, '/resume')
      await sentSoFar(stage, 60)
    },
  ],
  [
    'the services are killed in the middle and come back',
    async (stage) => {
      await stage.system.host.kill()
      await stage.system.host.restart()
      await sentSoFar(stage, MAILS)
    },
  ],
  [
    `${MAILS} mails in the mailbox, each once, and the report says so`,
    async (stage) => {
      await stage.soon(async () => assert.equal((await shown(stage)).state, 'completed_with_errors'))
      const { mails } = await stage.atGraph('mails')
      const stamps = (mails as { stamp: string }[])
        .map(({ stamp }) => stamp)
        .filter((one) => one?.startsWith(campaign.id))
      assert.equal(stamps.length, MAILS)
      assert.equal(new Set(stamps).size, MAILS)
    },
  ],
]
