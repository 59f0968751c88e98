import { cancel, pause as pauseIt, resume, retryFailed } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import { Random } from '../lives/random.ts'
import { compare, type Findings, noFindings } from './compare.ts'
import { killAt } from './failpoints.ts'
import { lookAt, pause, until } from './look.ts'
import { anHourPasses, lateOnesArrive, mischief, type Parts } from './mischief.ts'
import { everybodyOf, type Person, seenBy, sendCampaign, signIn } from './people.ts'
import { type Copy, copyStore, isOld, restore } from './restore.ts'
import { act, settleAll } from './settle.ts'
import { type Failpoint, failpoints, Tally } from './tally.ts'
import { startWorld } from './world.ts'

/** What a run came to. */
export interface Outcome {
  tally: Tally
  findings: Findings
  /** Mails of which nobody knew for a while: cut off, put in doubt by a restore. */
  settled: { cutOff: number; byPeople: number }
  restores: number
  deadLetters: number
  tooFast: number
  /** Drafts that no row knows are left in mailboxes. */
  strays: number
  /** Hosts that ended although nobody had killed them. */
  ownEnds: string[]
}

const HOUR_MS = 3_600_000
const RATE = 30
const HOSTS = 2
/** Faults of one world; a new one has fresh mailboxes. */
const A_WORLD = 2500
const ROWS = 40
/** So many rounds after the last one the store is copied again; some time later the copy is put back. */
const COPIES = 150
/** When the first mails have gone. */
const FIRST_COPY = 8

/** How much goes wrong, and how. */
export interface Plan {
  faults: number
  seed: number
  /** How many of all faults are deaths, as a share of 1: each takes as long as a host takes to start. */
  deadly: number
}

/** Injects so many faults, world after world. */
export async function runFaults(plan: Plan, progress: (outcome: Outcome) => void = () => {}): Promise<Outcome> {
  const settled = { cutOff: 0, byPeople: 0 }
  const outcome: Outcome = {
    ...{ tally: new Tally(), findings: noFindings(), settled },
    ...{ restores: 0, deadLetters: 0, tooFast: 0, strays: 0, ownEnds: [] },
  }
  for (let world = 0; outcome.tally.total < plan.faults; world += 1) {
    const faults = Math.min(plan.faults, outcome.tally.total + A_WORLD)
    await runWorld({ ...plan, faults, seed: plan.seed * 1000 + world }, outcome, progress)
  }
  return outcome
}

async function runWorld(
  { faults, seed, deadly }: Plan,
  outcome: Outcome,
  progress: (outcome: Outcome) => void,
): Promise<void> {
  const { tally, settled } = outcome
  const random = new Random(seed)
  const world = await startWorld({ rate: RATE, hosts: HOSTS, isPatient: true })
  try {
    const people = await everybodyOf(world)
    tally.watchStore(world)
    let doPeopleAct = false
    tally.watch(world, () => doPeopleAct)
    const parts: Parts = { world, people, random, tally, deleted: new Set() }
    const cutOff = new Set<string>()
    let copy: Copy | undefined
    for (let round = 0; tally.total < faults; round += 1) {
      await until(() => world.hosts.some(({ isUp }) => isUp), 10_000)
      doPeopleAct = true
      for (let n = 0; n < 2; n += 1) await personActs(parts, random.pick(people))
      doPeopleAct = false
      for (let n = random.whole(4, 9); n > 0; n -= 1) await mischief(parts)
      lateOnesArrive(parts)
      await pause(random.whole(40, 220))
      noteCutOff(parts, cutOff)
      if (tally.killed < tally.total * deadly) await somebodyDies(parts)
      if (round % COPIES === FIRST_COPY) copy = copyStore(world)
      if (copy && isOld(world, copy) && random.chance(0.1)) {
        outcome.settled.byPeople += await restore(world, people, copy, tally)
        outcome.restores += 1
        copy = undefined
      }
      if (random.chance(0.02)) await anHourPasses(parts)
      for (const host of world.hosts) if (!host.isRunning) void host.start()
      progress(outcome)
    }
    await endOf(parts, outcome)
    settled.cutOff += cutOff.size
  } finally {
    await world.close()
  }
}

/** Somebody is killed at the point of the table that has had the fewest, or wherever they are. */
async function somebodyDies({ world, people, random, tally }: Parts): Promise<void> {
  const up = world.hosts.filter(({ isUp }) => isUp)
  // Mostly somebody is left: where nobody is, nothing goes wrong.
  if (up.length < 2 && !random.chance(0.35)) return
  const least = Math.min(...failpoints.map((name) => tally.kills[name]))
  const next = failpoints.filter((name) => tally.kills[name] === least)
  if (random.chance(0.75)) return killAt(world, people, random.pick(next) as Failpoint, tally, 1_500)
  if (up.length > 0 && random.pick(up).kill()) tally.atRandom += 1
}

/** Notes the claims that nobody has settled within their lease: what became of their mails has to be found out. */
function noteCutOff({ world, people }: Parts, cutOff: Set<string>): void {
  for (const { mailboxId } of people) {
    for (const { id, at } of lookAt(world, mailboxId)?.mailbox.claims ?? [])
      if (world.now().getTime() - Date.parse(at) > 120_000) cutOff.add(id)
  }
}

/** Everybody has something to send, and some change their mind. */
async function personActs({ world, random, tally }: Parts, person: Person): Promise<void> {
  const { mailbox, campaigns } = await seenBy(world, person)
  if (mailbox?.lost) await signIn(world, person)
  const running = campaigns.filter(({ state }) => state === 'running')
  const left = running.reduce((sum, { total, cursor, again }) => sum + total - cursor + again.length, 0)
  if (left < ROWS / 2) await sendCampaign(world, person, random.whole(ROWS / 2, ROWS))
  const change = async (some: Campaign[], what: typeof pauseIt, kind: string) => {
    if (some.length === 0) return
    await act(world, person, random.pick(some), what)
    if (kind) tally.note(kind)
  }
  if (random.chance(0.03)) await change(running, pauseIt, 'paused')
  else if (random.chance(0.4))
    await change(
      campaigns.filter(({ state }) => state === 'paused' || state === 'blocked'),
      resume,
      '',
    )
  if (random.chance(0.02))
    await change(
      campaigns.filter(({ counts }) => counts.failed > 0),
      retryFailed,
      '',
    )
  if (random.chance(0.002)) await change(running, cancel, 'cancelled')
}

async function endOf({ world, people, deleted }: Parts, outcome: Outcome): Promise<void> {
  for (const { faults } of [world.cosmos, world.graph, world.bus]) faults.clear()
  world.identity.tokenFaults.clear()
  world.cosmos.faults.release()
  world.graph.faults.release()
  // Turns that have lost their lock end.
  await pause(2_000)
  if (!(await settleAll(world, people, outcome.settled))) outcome.findings.wrong.push('it has not come to an end')
  await compare(world, people, deleted, outcome.findings)
  outcome.deadLetters += world.bus.queues.get('ticks')?.peek('deadLetter', 0, 10_000).length ?? 0
  outcome.tooFast += world.graph.tooFast.length
  outcome.strays += await straysOf({ world, people })
  outcome.ownEnds.push(...world.hosts.flatMap(({ ownEnds }) => ownEnds))
}

/** Drafts of campaigns that are still there when hosts have tidied, as they do each hour. */
async function straysOf({ world, people }: Pick<Parts, 'world' | 'people'>): Promise<number> {
  const known = await Promise.all(people.map(async (person) => (await seenBy(world, person)).campaigns))
  // Of a campaign that a restore has forgotten nobody knows any more.
  const ids = known.flat().map(({ campaignId }) => campaignId)
  const drafts = () => people.flatMap(({ address }) => world.graph.store.of(address, 'drafts'))
  const strays = () => drafts().filter(({ headers }) => headers.some(({ value }) => ids.includes(value.slice(0, 66))))
  world.clock.advance(HOUR_MS)
  await until(() => strays().length === 0, 5_000)
  return strays().length
}
