import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stage } from '../../infra/local/demo/stage.ts'
import { has } from '../../infra/local/hosts.ts'
import { type System, startSystem } from '../../infra/local/system.ts'
import { Answers } from './answers.ts'
import { Visitor } from './page-story.ts'
import { Purchase } from './purchase-story.ts'
import { beginSeats, playSeats } from './seats-story.ts'
import { Sender } from './sending-story.ts'
import { itemsOf, type Kept, whatWasKept } from './verdict.ts'

/** What to run side by side: folders with a bundle of each service. */
export interface Versions {
  before: string
  after: string
  /** Rows of each campaign. */
  rows: number
  progress?: (phase: string) => void
}

/** What a run came to. */
export interface Outcome {
  asked: number
  mails: number
  campaigns: number
  /** Everything that must not be, each in a line. */
  wrong: string[]
  kept: Kept
}

const RATE = 10
/** Messages live for 14 days: nothing is to jump over the end of one. */
const JUMP_DAYS = 10
/** So much is left of the period when campaigns begin: less than they may stand still. */
const LEFT_DAYS = 4

/**
 * Runs two versions of all services against one store and one bus: both at once, the old one alone as after a rollback,
 * both, the new one alone, both to the end. Everything that people, the seller and queues do happens in each of them.
 */
export async function runVersions({ before, after, rows, progress = () => {} }: Versions): Promise<Outcome> {
  const data = mkdtempSync(join(tmpdir(), 'smm-versions-'))
  const answers = new Answers()
  const stop = answers.watch()
  const system = await startSystem({
    ...{ base: 0, data, quiet: !process.env.VERSIONS_LOG, rate: RATE, hosts: [before, after] },
  })
  try {
    const story = await begun(system, rows)
    await phases(system, story, progress)
    progress('to the end')
    const wrong = [...(await ended(story)), ...(await looked(system, data)), ...answers.failed]
    const mails = Number((await story.stage.atGraph('delivered')).count)
    const campaigns = story.senders.flatMap(({ ids }) => ids).length
    return { asked: answers.asked, mails, campaigns, wrong, kept: whatWasKept(data) }
  } finally {
    await system.stop()
    stop()
    rmSync(data, { recursive: true, force: true })
  }
}

interface Story {
  stage: Stage
  purchase: Purchase
  senders: Sender[]
  /** None where the old version has no page yet, and knows no session. */
  visitor: Visitor | null
}

/** A purchase that is about to renew, and campaigns that have just begun. */
async function begun(system: System, rows: number): Promise<Story> {
  const stage = new Stage(system)
  await beginSeats(stage)
  const purchase = await Purchase.begin(stage)
  for (let left = await purchase.daysLeft(); left > LEFT_DAYS; left = await purchase.daysLeft())
    stage.advance(Math.min(JUMP_DAYS, left - LEFT_DAYS))
  const senders = [new Sender(stage, 'amir', 'draft', rows), new Sender(stage, 'carla', 'send', rows)]
  for (const sender of senders) await sender.begin()
  const hasPage = system.hosts.all.every((host) => has(host, 'licence-portal'))
  return { stage, purchase, senders, visitor: hasPage ? new Visitor(system) : null }
}

async function phases(system: System, story: Story, progress: (phase: string) => void): Promise<void> {
  const { hosts } = system
  const [old, fresh] = hosts.all
  if (!old || !fresh) throw new Error('two hosts are needed')
  progress('both')
  await play(story)
  // Whatever the new version has begun, the old one ends: its host is cut off in the middle.
  progress('rolled back: the old one alone')
  await hosts.stop(fresh, 'SIGKILL')
  // What it does not know yet waits for the new one.
  await play(has(old, 'merge-send-queue') ? story : { ...story, senders: [] })
  progress('both')
  await hosts.restart(fresh)
  await whileNothingIsSent(story, () => story.purchase.renews())
  await play(story)
  progress('forward: the new one alone')
  await hosts.stop(old)
  await play(story)
  await hosts.restart(old)
}

async function play({ stage, purchase, senders, visitor }: Story): Promise<void> {
  const all = [purchase, ...senders, ...(visitor ? [visitor] : [])]
  await Promise.all([playSeats(stage), ...all.map((one) => one.play())])
}

/** A leap of the clock is none of what is tested: no mail is to be on its way meanwhile. */
async function whileNothingIsSent({ senders, visitor }: Story, act: () => Promise<void>): Promise<void> {
  await Promise.all(senders.map((sender) => sender.pause()))
  await act()
  visitor?.leave()
  await Promise.all(senders.map((sender) => sender.resume()))
}

/** Campaigns and the purchase come to their end. */
async function ended({ purchase, senders, stage }: Story): Promise<string[]> {
  const wrong: string[] = []
  await Promise.all(senders.map((sender) => sender.over()))
  for (const sender of senders) {
    const { key, mode } = sender
    for (const id of sender.ids) {
      const { state, total, counts } = await sender.shown(id)
      const { sent, unknown } = counts
      // A host that is cut off in the middle of the one call of this mode leaves its mail in doubt.
      const isFine = mode === 'send' ? sent + unknown === total : sent === total
      if (!isFine) wrong.push(`${key}: ${state}, ${sent} sent, ${unknown} unknown of ${total}`)
    }
  }
  const { twice } = (await stage.atGraph('delivered')) as { twice: Record<string, number> }
  for (const [stamp, times] of Object.entries(twice)) {
    // Of test mails there may be any number: they have no row.
    if (!stamp.endsWith('.0')) wrong.push(`${stamp} was sent ${times} times`)
  }
  await purchase.end()
  return wrong
}

interface ShownQueue {
  name: string
  active: number
  deadLetter: number
}

/** What is left in queues, and what was put aside. */
async function looked({ busControl }: System, data: string): Promise<string[]> {
  const wrong: string[] = []
  const { queues } = (await (await fetch(`${busControl}/queues`)).json()) as { queues: ShownQueue[] }
  for (const { name, deadLetter } of queues) if (deadLetter > 0) wrong.push(`${name}: ${deadLetter} dead letters`)
  const aside = [...itemsOf(data, 'operations'), ...itemsOf(data, 'purchases')]
  for (const item of aside)
    if (item.kind === 'parked' || item.state === 'parked') wrong.push(`parked: ${JSON.stringify(item)}`)
  for (const { subscriptionId, assigned } of itemsOf(data, 'subscriptions').filter(({ id }) => id === 'subscription')) {
    const seats = itemsOf(data, 'subscriptions').filter((one) => one.kind === 'seat' && one.state !== 'released')
    const counted = seats.filter((one) => one.subscriptionId === subscriptionId).length
    if (counted !== assigned) wrong.push(`${subscriptionId}: ${assigned} assigned, and ${counted} seats`)
  }
  return wrong
}
