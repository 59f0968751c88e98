import { CosmosClient } from '@azure/cosmos'
import { BlobServiceClient } from '@azure/storage-blob'
import { Blobs } from '@securemailmerge/shared/azure/blobs'
import { Items } from '@securemailmerge/shared/azure/items'
import { StoreClock } from '@securemailmerge/shared/azure/store-clock'
import { Mails } from '@securemailmerge/shared/graph/mails'
import { actOnTick } from '@securemailmerge/shared/merging/act-on-tick'
import { listStored, start } from '@securemailmerge/shared/merging/acts'
import { Campaigns } from '@securemailmerge/shared/merging/campaigns'
import { Content } from '@securemailmerge/shared/merging/content'
import { Rendering } from '@securemailmerge/shared/merging/rendering'
import { Sending } from '@securemailmerge/shared/merging/sending'
import { storeList } from '@securemailmerge/shared/merging/store-list'
import type { TurnParts } from '@securemailmerge/shared/merging/turn'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { startBlobs } from '../../infra/local/blobs/start-blobs.ts'
import { startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { startGraph } from '../../infra/local/graph/start-graph.ts'

/** A mailbox of somebody, and everything that sends from it, on a clock that runs `rate` times as fast as ours. */
export async function startSending({ rate = 100 }: { rate?: number } = {}) {
  let offset = 0
  const began = Date.now()
  const now = () => new Date(Date.now() + offset + (Date.now() - began) * (rate - 1))
  const [cosmos, graph, blobs] = await Promise.all([startCosmos({ now }), startGraph({ now }), startBlobs()])
  const monotonic = () => performance.now() * rate + offset
  const client = new CosmosClient({
    endpoint: cosmos.endpoint,
    key: cosmos.key,
    connectionPolicy: { enableEndpointDiscovery: false },
  })
  const clock = new StoreClock(monotonic)
  const sending = new Sending(new Items(client.database(names.database).container('sending'), clock), clock)
  const content = new Content(
    new Blobs(BlobServiceClient.fromConnectionString(blobs.connectionString).getContainerClient('content')),
  )
  const ticks: { mailboxId: string; number: number; at: number }[] = []
  const tick = async (mailboxId: string, number: number, at: Date | null) => {
    ticks.push({ mailboxId, number, at: at?.getTime() ?? 0 })
  }
  const campaigns = new Campaigns(sending, tick)
  const rendering = new Rendering(content)
  const accounts = new Map<string, { tenantId: string; objectId: string }>()
  let maySend = true
  const parts: TurnParts = {
    sending,
    mails: new Mails({ api: graph.api, now }),
    monotonic,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / rate)),
    ready: (campaign, position) => rendering.ready(campaign, position),
    footerDue: ({ licensedUntil }) => licensedUntil === null,
    maySend: async () => maySend,
    tick,
    tokenRefused: () => {},
    ownerAddress: async () => null,
    notTold: () => {},
    sent: async () => {},
    token: async (mailboxId) => {
      const account = accounts.get(mailboxId)
      if (!account) return { lost: 'needs_sign_in' }
      return { token: graph.tokenFor({ ...account, scopes: ['Mail.Send', 'Mail.ReadWrite'] }) }
    },
  }

  /** Somebody with a mailbox. */
  function person() {
    const account = { tenantId: crypto.randomUUID(), objectId: crypto.randomUUID() }
    return account
  }

  /** A campaign of so many rows that has been started. */
  async function campaign(
    account: { tenantId: string; objectId: string },
    rows: number,
    { mode = 'draft' as 'draft' | 'send', from = null as string | null, at = null as Date | null } = {},
  ) {
    const change = { id: crypto.randomUUID(), fingerprint: '' }
    const made = await campaigns.create(
      account,
      change,
      { name: 'Test', from, mode, language: 'en', licensedUntil: null },
      now(),
    )
    accounts.set(made.mailboxId, account)
    await content.putTemplate(made, { subject: 'Hello {{First}}', html: '<p>Dear {{First}}, number {{No}}</p>' })
    await content.putAttachments(made, [])
    const seen = await campaigns.see(account, made.campaignId)
    const preflight = await storeList({ content }, seen.campaign, list(rows))
    await campaigns.act(account, made.campaignId, listStored(preflight))
    await campaigns.act(account, made.campaignId, start(at, null))
    return made.campaignId
  }

  async function* list(rows: number) {
    for (let row = 1; row <= rows; row += 1)
      yield Buffer.from(
        `${JSON.stringify({ row, to: `p${row}@x.example`, fields: { First: `P${row}`, No: String(row) } })}\n`,
      )
  }

  /**
   * Acts on ticks as they are due, until there is none left or `until` holds: one after the other, or all at once and
   * each so often. With `jumps` nobody waits for a tick that is far ahead: the clock does.
   */
  async function run(
    until: () => boolean = () => false,
    { jumps = false, copies = 0 }: { jumps?: boolean; copies?: number } = {},
  ): Promise<void> {
    const running = new Set<Promise<unknown>>()
    while ((ticks.length > 0 || running.size > 0) && !until()) {
      const next = ticks.sort((a, b) => a.at - b.at)[0]
      const rest = next ? next.at - now().getTime() : Number.POSITIVE_INFINITY
      // Nobody waits for the look after a sign-in that nobody was told of.
      if (next && rest > 3_600_000 && !accounts.has(next.mailboxId)) ticks.shift()
      else if (next && rest <= 0) {
        ticks.shift()
        const acts = Array.from({ length: Math.max(1, copies) }, () => actOnTick(parts, next, 1))
        const all: Promise<unknown> = Promise.all(acts).finally(() => running.delete(all))
        running.add(all)
        if (copies === 0) await all
      } else if (jumps && running.size === 0 && rest > 2_000) offset += rest - 100
      else await new Promise((resolve) => setTimeout(resolve, Math.min(20, rest / rate)))
    }
    await Promise.all(running)
  }

  return {
    ...{ cosmos, graph, blobs, sending, content, campaigns, parts, ticks, now, person, campaign, run },
    advance: (ms: number) => (offset += ms),
    stopSending: (stop = true) => (maySend = !stop),
    /** The person has signed out everywhere, or in again. */
    signOut: (mailboxId: string) => accounts.delete(mailboxId),
    signIn: (mailboxId: string, account: { tenantId: string; objectId: string }) => accounts.set(mailboxId, account),
    async close() {
      client.dispose()
      await Promise.all([cosmos.close(), graph.close(), blobs.close()])
    },
  }
}
