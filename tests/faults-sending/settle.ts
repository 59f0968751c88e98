import { isOver } from '@securemailmerge/shared/merging/campaign'
import { resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import { stampOf } from '@securemailmerge/shared/merging/mail'
import { Refusal } from '@securemailmerge/shared/refusal'
import { lookAt, pause, ticksIn } from './look.ts'
import { again, type Person, seenBy, signIn } from './people.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
/** So long, in real time, something may not change. */
const PATIENCE_MS = 30_000

/** Whether nobody is at work: no tick is being handled, twice in a row. Then time may leap: nothing is under way. */
async function isStill(world: World): Promise<boolean> {
  for (let look = 0; look < 3; look += 1) {
    const now = world.now()
    if (ticksIn(world).some(({ message }) => message.lock || (message.scheduledFor ?? 0) <= now.getTime())) return false
    await pause(20)
  }
  return true
}

/** The next instant at which something is due, as mailboxes say. */
function nextWake(world: World, people: Person[]): number {
  const wakes = people.flatMap(({ mailboxId }) => lookAt(world, mailboxId)?.mailbox.wake.at ?? [])
  return Math.min(...wakes.map((at) => Date.parse(at)))
}

/** No more faults: everything ends as it does, with people doing what is theirs. False when it did not in its time. */
export async function settleAll(world: World, people: Person[], settled: { byPeople: number }): Promise<boolean> {
  let end = performance.now() + PATIENCE_MS
  let sent = 0
  for (let retries = 0; performance.now() < end; ) {
    if (world.graph.delivered.length > sent) end = performance.now() + PATIENCE_MS
    sent = world.graph.delivered.length
    let open = 0
    for (const person of people) {
      const { mailbox, campaigns } = await seenBy(world, person)
      if (mailbox?.lost) await signIn(world, person)
      const left = campaigns.filter((one) => !isOver(one))
      open += left.length + (mailbox?.claims.length ?? 0) + (mailbox?.wake.at ? 1 : 0)
      for (const one of left) if (one.state === 'paused' || one.state === 'blocked') await act(world, person, one, resume)
      if (open > 0 || retries >= 3) continue
      for (const one of campaigns) {
        if (one.state === 'cancelled') continue
        settled.byPeople += await lookThrough(world, person, one)
        if (one.counts.failed > 0) await act(world, person, one, retryFailed)
      }
    }
    if (open === 0 && (retries += 1) > 3) return true
    await pause(50)
    if (await isStill(world)) {
      const ahead = nextWake(world, people) - world.now().getTime()
      if (ahead > 5_000 && ahead < 100 * 60 * MINUTE_MS) world.clock.advance(ahead)
    }
  }
  return false
}

/** A sender looks into their Sent Items for mails that a restore has put in doubt, and says what is there. */
export async function lookThrough(world: World, person: Person, campaign: Campaign): Promise<number> {
  if (campaign.counts.unknown === 0) return 0
  const sent = new Set(world.graph.delivered.map(({ stamp }) => stamp))
  let settled = 0
  for (const { position, why } of await again(() => world.services.sending.rows(campaign, 0, 100_000, 'unknown'))) {
    if (why !== 'restored') continue
    const as = sent.has(stampOf(campaign.campaignId, position)) ? 'sent' : 'again'
    await again(() => world.services.campaigns.settle(person.account, campaign.campaignId, position, as))
    settled += 1
  }
  return settled
}

/** An act that may come too late is no fault. */
export async function act(
  { services }: World,
  { account }: Person,
  { campaignId }: Campaign,
  what: Parameters<typeof services.campaigns.act>[2],
): Promise<void> {
  try {
    await again(() => services.campaigns.act(account, campaignId, what))
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'campaign_state') throw error
  }
}
