import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { HttpHandler, TimerHandler } from '@azure/functions'
import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { shownCampaign } from '@securemailmerge/shared/merging/shown'
import * as acts from '../../functions/merge-send-queue/act-on-campaign.ts'
import { createCampaign } from '../../functions/merge-send-queue/create-campaign.ts'
import { deleteCampaign } from '../../functions/merge-send-queue/delete-campaign.ts'
import { markEpoch } from '../../functions/merge-send-queue/mark-epoch.ts'
import { obeyCommand } from '../../functions/merge-send-queue/obey-command.ts'
import { previewRow } from '../../functions/merge-send-queue/preview-row.ts'
import { reportCampaign } from '../../functions/merge-send-queue/report-campaign.ts'
import { sendTest } from '../../functions/merge-send-queue/send-test.ts'
import { settleRow, settleRows } from '../../functions/merge-send-queue/settle-row.ts'
import { listCampaigns, showCampaign, showPreflight } from '../../functions/merge-send-queue/show-campaigns.ts'
import { startCampaign } from '../../functions/merge-send-queue/start-campaign.ts'
import { sweepMailboxes } from '../../functions/merge-send-queue/sweep-mailboxes.ts'
import { takeTurn } from '../../functions/merge-send-queue/take-turn.ts'
import { tidyCampaigns } from '../../functions/merge-send-queue/tidy-campaigns.ts'
import { uploadRecipients } from '../../functions/merge-send-queue/upload-recipients.ts'
import { type Services, wiring } from '../../functions/merge-send-queue/wiring.ts'
import { startBlobs } from '../../infra/local/blobs/start-blobs.ts'
import { startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { startGraph } from '../../infra/local/graph/start-graph.ts'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import { startIdentity } from '../../infra/local/identity/server.ts'
import { startServiceBus } from '../../infra/local/service-bus/server.ts'
import type { Stored } from '../../infra/local/service-bus/stored.ts'
import { decode, readableBody } from '../../infra/local/service-bus/wire.ts'
import { serviceSettings } from '../../infra/local/settings.ts'
import { FastClock } from '../faults-sending/clock.ts'
import { contextOf, type Got, invoke } from './invoke.ts'
import { startProving } from './proving.ts'
import { signInAt } from './sign-in.ts'

/** A route about campaigns by the name of its function. */
export type CampaignRoute = keyof typeof campaigns

/** One call, as somebody of the cast. */
export interface CampaignCall {
  as?: CastKey
  token?: string
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
}

/** A row as an add-in sends it. */
export interface SentRow {
  row: number
  to: unknown
  cc?: unknown
  bcc?: unknown
  fields: Record<string, unknown>
}

/** So many rows, each with values of its own. */
export const rowsOf = (count: number, from = 1): SentRow[] =>
  Array.from({ length: count }, (_, at) => from + at).map((row) => ({
    ...{ row, to: `p${row}@customers.example` },
    fields: { First: `P${row}`, No: String(row) },
  }))

/** A list as JSON lines. */
export const listOf = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** What a campaign of these tests is, but for what is said otherwise. */
export const aWish = (more: object = {}) => ({
  ...{ name: 'News', subject: 'For {{First}}', html: '<p>Dear {{First}}, your number is {{No}}</p>', mode: 'send' },
  ...more,
})

const HOUR_MS = 3_600_000

/** The service that sends, on stand-ins: real handlers and clients, a clock `rate` times as fast that a test moves. */
export type CampaignKit = Awaited<ReturnType<typeof startCampaigns>>

export async function startCampaigns({ rate = 30, blobs: given }: { rate?: number; blobs?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'smm-campaigns-'))
  const clock = new FastClock(rate)
  const { now } = clock
  const data = join(folder, 'cosmos')
  let cosmos = await startCosmos({ now, data })
  const { port, key, endpoint } = cosmos
  const [bus, identity] = await Promise.all([startServiceBus({ now }), startIdentity({ now })])
  const blobs = given ? undefined : await startBlobs()
  const graph = await startGraph({ now, jwksUri: `${identity.authority}/common/discovery/v2.0/keys` })
  const proving = await startProving(now)
  const env = {
    ...serviceSettings(folder, {
      ...{ origin: proving.origin, authority: identity.authority, cosmos: { endpoint, key } },
      serviceBus: bus.connectionString,
      stripe: { api: 'http://localhost:1', key: 'rk_test_none', secret: 'whsec_none' },
      sending: {
        blobs: given ?? blobs?.connectionString ?? '',
        ...{ graph: graph.api.href, clientKey: JSON.stringify(identity.clientKey) },
      },
    }),
    CLOCK_RATE: String(rate),
  }
  clock.tellIn(env.CLOCK_FILE)
  const hosts: Services[] = []
  /** One more host: it remembers nothing of the others. */
  const host = (): Services => {
    const services = wiring(env)
    hosts.push(services)
    return services
  }
  const services = host()

  async function tokenOf(person: CastKey, client: 'addIn' | 'portal' = 'addIn', audience = 'sendingApi' as const) {
    return (await identity.issue({ person, client, audience })).access_token
  }

  async function ask(name: CampaignRoute, call: CampaignCall = {}, on = services): Promise<Got> {
    const { as = 'olivia', token, params, query, body, headers } = call
    const { method } = campaigns[name]
    return invoke(handlersOf(on)[name], name, {
      ...{ method, headers: { authorization: `Bearer ${token ?? (await tokenOf(as))}`, ...headers } },
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(method === 'POST' ? { body: body ?? {} } : {}),
    })
  }

  /** What is at one campaign. */
  const at = (name: CampaignRoute, campaignId: string, call: CampaignCall = {}, on = services) =>
    ask(name, { ...call, params: { campaignId, ...call.params } }, on)

  /** Uploads a list, as it is or as bytes of its own. */
  async function upload(
    campaignId: string,
    list: object[] | string | Uint8Array,
    call: CampaignCall = {},
    on = services,
  ) {
    const text = Array.isArray(list) ? listOf(list) : list
    const headers = { 'content-type': 'application/jsonl', ...call.headers }
    return at('upload_recipients', campaignId, { ...call, headers, body: text }, on)
  }

  /** Makes a campaign; answers its id. */
  async function create(wish: object = {}, call: CampaignCall = {}): Promise<string> {
    return String(must(await ask('create_campaign', { ...call, body: aWish(wish) })).json.campaignId)
  }

  /** Makes a campaign and stores its list. */
  async function ready(list: object[] | string | number, wish: object = {}, call: CampaignCall = {}): Promise<string> {
    const id = await create(wish, call)
    must(await upload(id, typeof list === 'number' ? rowsOf(list) : list, { ...call, headers: {} }))
    return id
  }

  /** And starts it. */
  async function started(list: object[] | string | number, wish: object = {}, call: CampaignCall = {}) {
    const id = await ready(list, wish, call)
    must(await at('start_campaign', id, call))
    return id
  }

  /** Somebody allows sending from their mailbox, as a browser would. */
  async function allow(person: CastKey, wish: { drafts?: boolean; shared?: boolean } = {}): Promise<void> {
    const asked = { drafts: false, shared: false, loginHint: null, ...wish }
    const { signInUrl } = await services.grants.begin(cast[person], asked, now())
    const { searchParams } = await signInAt(signInUrl, person)
    const of = (name: string) => searchParams.get(name)
    const returned = { state: of('state'), code: of('code'), error: of('error'), error_description: null }
    const { outcome } = await services.grants.finish(returned, now())
    if (outcome !== 'done') throw new Error(`allow: ${outcome}`)
    await services.goOn(mailboxIdOf(cast[person]))
  }

  /** And ends that again. */
  async function disallow(person: CastKey): Promise<void> {
    const { grant } = await services.grants.list(cast[person], now())
    if (grant) await services.grants.end(cast[person], grant.grantId, now())
  }

  const queue = () => bus.queues.get('ticks') as NonNullable<ReturnType<typeof bus.queues.get>>
  const bodyOf = ({ bytes }: Stored) => readableBody(decode(bytes))
  const idOf = ({ bytes }: Stored) => String(decode(bytes).message_id)

  /** Hands a tick to its handler, as a host does. Answers the lines that were logged. */
  async function deliver(body: unknown, more: { deliveryCount?: number; messageId?: string } = {}, on = services) {
    const lines: string[] = []
    const metadata = { messageId: crypto.randomUUID(), deliveryCount: 1, ...more }
    await takeTurn(on)(body, contextOf('take_turn', lines, metadata))
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** Everything that turns have logged. */
  const logged: Record<string, unknown>[] = []
  /** What a delivery ended with that threw: the broker counts it. */
  const thrown: unknown[] = []

  /**
   * Delivers what is due, side by side, until no tick is due within the hour, or `until` holds. While nobody has anything
   * to do the clock is moved on to the next tick.
   */
  async function run(until: () => boolean | Promise<boolean> = () => false, on: Services[] = [services]) {
    const running = new Set<Promise<void>>()
    let turn = 0
    const one = async (message: Stored, token: string, by: Services) => {
      try {
        const more = { deliveryCount: message.deliveryCount + 1, messageId: idOf(message) }
        logged.push(...(await deliver(bodyOf(message), more, by)))
        queue().complete(token)
      } catch (error) {
        thrown.push(error)
        queue().abandon(token)
      }
    }
    for (;;) {
      const stop = await until()
      const message = stop ? undefined : queue().take('main')
      if (message?.lock) {
        const work: Promise<void> = one(message, message.lock.token, on[turn++ % on.length] as Services)
        running.add(work)
        void work.finally(() => running.delete(work))
        continue
      }
      if (running.size === 0) {
        const next = Math.min(
          ...queue()
            .peek('main', 0, 1000)
            .map((all) => all.scheduledFor ?? 0),
        )
        if (stop || next > now().getTime() + HOUR_MS) return
        if (next > now().getTime()) clock.advance(next - now().getTime())
      }
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
  }

  /** Runs until a campaign, as its sender sees it, is in one of these states. */
  async function runUntil(campaignId: string, states: string[], call: CampaignCall = {}, on?: Services[]) {
    let seen = 0
    let shown: Got['json']
    await run(async () => {
      if (performance.now() - seen < 40) return false
      const { campaign, mailbox } = await services.campaigns.see(cast[call.as ?? 'olivia'], campaignId)
      seen = performance.now()
      shown = shownCampaign(mailbox, campaign, services.sending.now())
      return states.includes(shown.state)
    }, on)
    return (await at('show_campaign', campaignId, call)).json
  }

  const timers = { sweep: sweepMailboxes, tidy: tidyCampaigns, mark: markEpoch }
  async function timer(name: keyof typeof timers, on = services) {
    const lines: string[] = []
    const handler: TimerHandler = timers[name](on)
    await handler({} as never, contextOf(name, lines))
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** An operator's command. Answers the lines that were logged. */
  async function command(body: unknown, messageId: string = crypto.randomUUID(), on = services) {
    const lines: string[] = []
    await obeyCommand(on)(body, contextOf('obey', lines, { messageId }))
    return lines.map((line) => JSON.parse(line) as Record<string, unknown> & { result: Record<string, unknown> })
  }

  /** Closes the store, lets its files be changed, and opens it again under the same address. */
  async function reopenStore(change: () => void): Promise<void> {
    await cosmos.close()
    change()
    cosmos = await startCosmos({ now, data, port, key })
  }
  let copies = 0

  return {
    ...{ folder, clock, now, rate, bus, identity, graph, blobs, proving, env, services, host },
    ...{ tokenOf, ask, at, upload, create, ready, started, allow, disallow, deliver, run, runUntil, timer, command },
    ...{ queue, bodyOf, idOf, logged, thrown },
    get cosmos() {
      return cosmos
    },
    advance: (ms: number) => clock.advance(ms),
    /** Stamps of what Microsoft has accepted of a campaign, in its order. */
    sentOf: (campaignId: string) =>
      graph.delivered.flatMap(({ stamp }) =>
        stamp?.startsWith(`${campaignId}.`) ? [Number(stamp.split('.')[2])] : [],
      ),
    mailsOf: (campaignId: string) => graph.delivered.filter(({ stamp }) => stamp?.startsWith(`${campaignId}.`)),
    /** What the store holds for a mailbox. */
    stored: (person: CastKey, container = 'sending') => cosmos.items(container, mailboxIdOf(cast[person])),
    /** A copy of the store as it is; put back later, it forgets everything since. */
    copyStore: async (): Promise<() => Promise<void>> => {
      const copy = join(folder, `copy-${copies++}`)
      await reopenStore(() => cpSync(data, copy, { recursive: true }))
      return () =>
        reopenStore(() => {
          rmSync(data, { recursive: true })
          cpSync(copy, data, { recursive: true })
        })
    },
    async close() {
      clock.stop()
      await Promise.all(hosts.map((one) => one.close()))
      await Promise.all([cosmos.close(), bus.close(), identity.close(), graph.close(), blobs?.close(), proving.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Every handler about campaigns, on one host. */
const handlersOf = (services: Services): Record<CampaignRoute, HttpHandler> => ({
  create_campaign: createCampaign(services),
  upload_recipients: uploadRecipients(services),
  show_preflight: showPreflight(services),
  preview_row: previewRow(services),
  send_test: sendTest(services),
  start_campaign: startCampaign(services),
  pause_campaign: acts.pauseCampaign(services),
  resume_campaign: acts.resumeCampaign(services),
  cancel_campaign: acts.cancelCampaign(services),
  retry_campaign: acts.retryCampaign(services),
  settle_row: settleRow(services),
  settle_rows: settleRows(services),
  list_campaigns: listCampaigns(services),
  show_campaign: showCampaign(services),
  report_campaign: reportCampaign(services),
  delete_campaign: deleteCampaign(services),
})

/** An answer that has to be a good one. */
export function must(got: Got): Got {
  if (got.status !== 200) throw new Error(`${got.status} ${got.text}`)
  return got
}

/** Packs a text as a browser does. */
export const packed = (text: string): Buffer => gzipSync(text)
