import { resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import { isOver } from '@securemailmerge/shared/merging/campaign'
import { stampOf } from '@securemailmerge/shared/merging/mail'
import { Refusal } from '@securemailmerge/shared/refusal'
import { lookAt, pause, ticksIn } from './look.ts'
import { again, type Person, seenBy, signIn } from './people.ts'
import type { World } from './world.ts'

/** How often a sender tries again what has failed. */
const ROUNDS = 2
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

/** No more faults: everything ends as it does, with people doing what is theirs. False when it does not. */
export async function settleAll(world: World, people: Person[], settled: { byPeople: number }): Promise<boolean> {
  for (let rounds = 0; rounds < ROUNDS; rounds += 1) {
    if (!(await untilOver(world, people))) return false
    // Each may be tried once more by its sender, and what a restore has put in doubt is looked for.
    for (const person of people) {
      for (const one of (await seenBy(world, person)).campaigns) {
        settled.byPeople += await lookThrough(world, person, one)
        if (one.state !== 'cancelled' && one.counts.failed > 0) await act(world, person, one, retryFailed)
      }
    }
  }
  return untilOver(world, people)
}

/** Waits until everything is over, as long as mails still go. */
async function untilOver(world: World, people: Person[]): Promise<boolean> {
  let end = performance.now() + PATIENCE_MS
  let sent = 0
  while (performance.now() < end) {
    if (world.graph.delivered.length > sent) end = performance.now() + PATIENCE_MS
    sent = world.graph.delivered.length
    const open = await Promise.all(people.map((person) => openOf(world, person)))
    if (!open.some(Boolean)) return true
    await pause(50)
    const ahead = nextWake(world, people) - world.now().getTime()
    if (ahead > 5_000 && Number.isFinite(ahead) && (await isStill(world))) world.clock.advance(ahead)
  }
  return false
}

/** Whether somebody has something that is not over. What waits for them goes on. */
async function openOf(world: World, person: Person): Promise<boolean> {
  const { mailbox, campaigns } = await seenBy(world, person)
  if (mailbox?.lost) await signIn(world, person)
  const left = campaigns.filter((one) => !isOver(one))
  for (const one of left) if (one.state === 'paused' || one.state === 'blocked') await act(world, person, one, resume)
  return left.length > 0 || (mailbox?.claims.length ?? 0) > 0 || Boolean(mailbox?.wake.at)
}

/** A sender looks into their Sent Items for mails that a restore has put in doubt, and says what is there. */
export async function lookThrough(world: World, person: Person, campaign: Campaign): Promise<number> {
  if (campaign.counts.unknown === 0) return 0
  const sent = new Set(world.graph.delivered.map(({ stamp }) => stamp))
  let settled = 0
  for (const { position, why } of await again(() => world.services.sending.rows(campaign, 0, 100_000, 'unknown'))) {
    if (why !== 'restored') continue
    const as = sent.has(stampOf(campaign.campaignId, position)) ? 'sent' : 'again'
    // What was not sent of a cancelled campaign is not sent any more.
    if (as === 'again' && campaign.state === 'cancelled') continue
    await again(() => world.services.campaigns.settle(person.account, campaign.campaignId, [position], as))
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
