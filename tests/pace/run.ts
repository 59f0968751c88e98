import { pause, until } from '../faults-sending/look.ts'
import { everybodyOf, type Known, type Person, sendCampaign } from '../faults-sending/people.ts'
import { startWorld, type World } from '../faults-sending/world.ts'
import { type Pace, paceOf, slowedBy } from './windows.ts'

/** What a run came to. Times in ms since its begin. */
export interface Outcome {
  minutes: number
  busy: Pace
  neighbour: Pace
  /** By how much the neighbour became slower when the other mailbox was throttled, as a share. */
  slowed: number
  /** From each start of a campaign to its first mail. */
  firstAfterMs: number[]
  instants: { busy: number[]; neighbour: number[]; throttled: number[] }
  throttles: number
}

const MINUTE_MS = 60_000
const THROTTLED_EACH_MS = 20_000
const CAMPAIGNS = 3

/**
 * Sends from three mailboxes by two hosts for so many minutes of the clock: one with several campaigns, a neighbour, and
 * one that Microsoft throttles again and again from half-time on.
 */
export async function runPace(minutes: number, rate: number): Promise<Outcome> {
  const world = await startWorld({ rate, hosts: 2 })
  try {
    const [busy, throttled, , neighbour] = (await everybodyOf(world)) as [Person, Person, Person, Person]
    const begin = world.now().getTime()
    const half = begin + (minutes / 2) * MINUTE_MS
    const rows = minutes * 30
    const started = [await sendCampaign(world, neighbour, rows), await sendCampaign(world, throttled, rows)]
    for (let n = 0; n < CAMPAIGNS; n += 1) started.push(await sendCampaign(world, busy, rows))
    await reach(world, begin + (minutes / 4) * MINUTE_MS)
    // Somebody with four mails does not wait for those with thousands.
    started.push(await sendCampaign(world, busy, 4))
    await reach(world, half)
    let throttles = 0
    for (let at = half; at < begin + minutes * MINUTE_MS; at += THROTTLED_EACH_MS) {
      const { address: mailbox } = throttled
      world.graph.faults.add({ mailbox, method: 'POST', times: 1, do: { status: 429, retryAfter: 15 } })
      throttles += 1
      await reach(world, at + THROTTLED_EACH_MS)
    }
    const of = ({ address }: Person) =>
      world.graph.delivered.filter(({ mailbox }) => mailbox === address).map(({ at }) => at - begin)
    const instants = { busy: of(busy), neighbour: of(neighbour), throttled: of(throttled) }
    return {
      ...{ minutes, instants, throttles },
      busy: paceOf(instants.busy),
      neighbour: paceOf(instants.neighbour),
      slowed: slowedBy(instants.neighbour, half - begin),
      firstAfterMs: started.map((one) => firstAfter(world, one)),
    }
  } finally {
    await world.close()
  }
}

async function reach(world: World, instant: number): Promise<void> {
  await until(() => world.now().getTime() >= instant, 10 * MINUTE_MS)
  await pause(0)
}

const firstAfter = (world: World, { id, at }: Known): number =>
  Math.min(...world.graph.delivered.filter(({ stamp }) => stamp?.startsWith(`${id}.`)).map((mail) => mail.at)) - at
