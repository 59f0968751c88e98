import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import { type CampaignKit, must, startCampaigns } from '../kit/campaigns.ts'
import { type Asked, blobsAt, inOrder, itemsIn, messagesIn, type Recorded } from './recorded.ts'

const why = 'for the record'
const MINUTE_MS = 60_000
/** Of so many its owner is told. */
const ROWS = 51

/** Everything about mailboxes and campaigns that this version writes, in the middle of sending. */
export async function recordSending(): Promise<Recorded> {
  const kit = await startCampaigns({ rate: 30 })
  try {
    for (let minute = 0; minute < 2; minute += 1) {
      kit.advance(MINUTE_MS)
      await kit.timer('mark')
    }
    await kit.allow('olivia', { drafts: true })
    await kit.services.grants.begin(cast.amir, { drafts: false, shared: false, loginHint: null }, kit.now())
    await operated(kit)
    const others = await otherCampaigns(kit)
    const running = await runningCampaign(kit)
    const asked = await allAsked(kit, [running, ...others])
    return {
      at: kit.now().toISOString(),
      items: itemsIn(kit.cosmos),
      messages: messagesIn(kit.bus, 'ticks'),
      blobs: await blobsAt(kit.env.CONTENT ?? ''),
      asked,
      secrets: { grantKeys: kit.env.GRANT_KEYS, running, sent: kit.sentOf(running).join() },
    }
  } finally {
    await kit.close()
  }
}

async function operated(kit: CampaignKit): Promise<void> {
  for (const command of ['stop', 'go']) await kit.command({ command, switch: 'sending', why })
  await kit.deliver({ no: 'tick' })
}

/** One that is over, one in doubt, one paused, one cancelled, one for later, one that is ready, one without a list. */
async function otherCampaigns(kit: CampaignKit): Promise<string[]> {
  const over = await kit.started(2)
  await kit.runUntil(over, ['completed'])
  kit.graph.faults.add({ method: 'POST', path: 'me/sendMail', times: 1, do: { drop: 'after' } })
  const doubted = await kit.started(1, { mode: 'send' })
  await kit.runUntil(doubted, ['completed_with_errors'])
  const paused = await kit.started(4)
  must(await kit.at('pause_campaign', paused))
  const cancelled = await kit.started(4)
  must(await kit.at('cancel_campaign', cancelled))
  const later = await kit.ready(3)
  const at = new Date(kit.now().getTime() + 24 * 60 * MINUTE_MS).toISOString()
  must(await kit.at('start_campaign', later, { body: { at } }))
  return [over, doubted, paused, cancelled, later, await kit.ready(3), await kit.create()]
}

/** One of which some rows are sent, one has failed, one is to be tried again, and one is claimed by a host that died. */
async function runningCampaign(kit: CampaignKit): Promise<string> {
  kit.graph.act.refuseAddress('p2@customers.example')
  const id = await kit.started(ROWS, { mode: 'draft' })
  await kit.run(() => kit.sentOf(id).length >= 5)
  kit.graph.faults.add({ method: 'POST', path: 'me/messages', times: 1, do: { status: 503 } })
  const dying = kit.host()
  let isDead = false
  dying.mails.sendDraft = () => {
    isDead = true
    return Promise.reject(new Error('the host dies here'))
  }
  await kit.run(() => isDead, [dying])
  return id
}

async function allAsked(kit: CampaignKit, ids: string[]): Promise<Asked[]> {
  const asked = [await askedOf(kit, 'list_campaigns', 'olivia')]
  for (const campaignId of ids) {
    asked.push(await askedOf(kit, 'show_campaign', 'olivia', { campaignId }))
    asked.push(await askedOf(kit, 'report_campaign', 'olivia', { campaignId }))
  }
  asked.push(await askedOf(kit, 'show_preflight', 'olivia', { campaignId: String(ids[0]) }))
  return asked
}

/** A route that reads. */
export type ReadingCampaigns = 'list_campaigns' | 'show_campaign' | 'report_campaign' | 'show_preflight'

/** What depends on the moment at which it is asked. */
const ofNow = ['expectedEnd', 'waitsUntil', 'perMinute']

/** Asks and keeps how it was answered, but for what depends on now; a report line by line. */
export async function askedOf(
  kit: CampaignKit,
  name: ReadingCampaigns,
  as: CastKey,
  params: Record<string, string> = {},
): Promise<Asked> {
  const { status, text } = await kit.ask(name, { as, params })
  const keep = (field: string, value: unknown) => (ofNow.includes(field) ? undefined : value)
  const read = (json: string) => inOrder(JSON.parse(json, keep))
  return { name, as, params, status, json: name === 'report_campaign' ? linesOf(text).map(read) : read(text) }
}

const linesOf = (text: string) => text.split('\n').filter(Boolean)
