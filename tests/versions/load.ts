import { allowSending } from '../../infra/local/allow-sending.ts'
import type { Stage } from '../../infra/local/demo/stage.ts'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import { Sender } from './sending-story.ts'

const SEATS = 5
const DAY_MS = 86_400_000
const PATIENCE_MS = 60_000
const holders = ['amir', 'bea'] as const

/** An event of the seller, and how the posts of it were answered. */
interface Posted {
  event: { id: string; type: string }
  answers: number[]
}

/** People with licences, a manager, the seller and a campaign: all of them busy until it is ended. */
export class Load {
  readonly stage: Stage
  readonly sender: Sender
  /** What went on as it should: how often, by its kind. */
  readonly done = new Map<string, number>()
  readonly wrong: string[] = []
  sellersId = ''
  readonly #running: Promise<void>[] = []
  #isOver = false

  constructor(stage: Stage, rows: number) {
    this.stage = stage
    this.sender = new Sender(stage, 'carla', 'draft', rows)
  }

  /** Everything that has to be there, and then all at once. */
  async begin(): Promise<void> {
    const { stage, sender } = this
    const { tenantId, objectId } = cast.olivia
    const until = new Date(stage.system.clock.now().getTime() + 300 * DAY_MS).toISOString()
    const grant = {
      command: 'grant',
      owner: { tenantId, objectId },
      quantity: SEATS,
      until,
      name: 'Contoso',
      why: 'load',
    }
    stage.subscriptionId = String((await stage.command(grant)).subscriptionId)
    const { status } = await stage.owner('', { addresses: holders.map((person) => cast[person].mail) })
    if (status !== 200) throw new Error(`assign: ${status}`)
    this.sellersId = String((await stage.atSeller('buy', {})).id)
    await sender.begin()
    for (const person of holders) this.#again(`look-up of ${person}`, 200, () => this.#isLicensed(person))
    this.#again('list', 300, () => this.#answers('/seats'))
    this.#again('history', 400, () => this.#answers('/history'))
    this.#again('event', 250, async () => void (await stage.atSeller('change', this.sellersId, {})))
    this.#again('sign-in', 700, () => allowSending(stage.system, 'lee', { drafts: false }))
    this.#again('mail', 0, () => sender.progress(1))
  }

  /** Waits until so much more of each has gone well. */
  async more(times: number): Promise<void> {
    const before = new Map(this.done)
    const late = () => [...this.done].filter(([name, count]) => count < (before.get(name) ?? 0) + times)
    const end = Date.now() + PATIENCE_MS
    while (late().length > 0 && this.wrong.length === 0) {
      if (Date.now() > end) throw new Error(`no more of ${late().map(([name]) => name)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Lets all of it come to its end. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  /** What became of the seller's events, the last first. */
  async events(): Promise<{ pending: number; events: Posted[] }> {
    return (await (await fetch(`${this.stage.system.stripe}/_local/events`)).json()) as never
  }

  #again(name: string, restMs: number, act: () => Promise<void>): void {
    this.done.set(name, 0)
    const run = async () => {
      while (!this.#isOver) {
        await act().then(
          () => this.done.set(name, (this.done.get(name) ?? 0) + 1),
          (error: Error) => this.wrong.push(`${name}: ${error.message}`),
        )
        await new Promise((resolve) => setTimeout(resolve, restMs))
      }
    }
    this.#running.push(run())
  }

  async #isLicensed(person: CastKey): Promise<void> {
    const shown = await this.stage.open(person)
    if (shown.by !== 'server' || shown.answer.code !== 'licensed') throw new Error(JSON.stringify(shown))
  }

  async #answers(what: string): Promise<void> {
    const { status, body } = await this.stage.call(
      'olivia',
      'GET',
      `/api/subscriptions/${this.stage.subscriptionId}${what}`,
    )
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
  }
}
