import type { TypedData } from './contract.ts'
import type { TimerFunction } from './hosted.ts'
import type { Invocations } from './invocations.ts'
import { type Schedule, scheduleOf } from './schedule.ts'

/** One timer: its last run and its next occurrence. */
type Timer = {
  target: TimerFunction
  schedule: Schedule
  last: Date | undefined
  next: Date | undefined
  busy: boolean
}

const pollMs = 100
/** An occurrence that is later than polling explains was missed: the clock was moved, or the run before took too long. */
const pastDueMs = 1000
/** What the real host says of a timer that has never run. */
const never = '0001-01-01T00:00:00+00:00'

/** Runs timers by `now`, which may jump: a missed occurrence is made up for once. A timer never overlaps itself. */
export class Timers {
  readonly #timers: Timer[]
  readonly #invocations: Invocations
  readonly #now: () => Date
  #polling: NodeJS.Timeout | undefined

  /** @throws StartFailure when a schedule cannot be read */
  constructor(functions: TimerFunction[], invocations: Invocations, now: () => Date) {
    this.#invocations = invocations
    this.#now = now
    this.#timers = functions.map((target) => {
      const schedule = scheduleOf(target.schedule, `function "${target.name}"`)
      return { target, schedule, last: undefined, next: schedule(now()), busy: false }
    })
  }

  start(): void {
    if (this.#timers.length === 0) return
    const atOnce = this.#timers.filter(({ target }) => target.runOnStartup)
    // Not before the host has said that it is ready.
    setImmediate(() => atOnce.forEach((timer) => void this.#run(timer, false)))
    this.#polling = setInterval(() => this.#poll(), pollMs).unref()
  }

  stop(): void {
    clearInterval(this.#polling)
  }

  /** Runs a timer at once, whatever its schedule says. */
  fire(name: string): void {
    for (const timer of this.#timers) if (timer.target.name === name) void this.#run(timer, false)
  }

  #poll(): void {
    const now = this.#now()
    for (const timer of this.#timers) {
      if (timer.busy || timer.next === undefined || timer.next > now) continue
      void this.#run(timer, now.getTime() - timer.next.getTime() > pastDueMs)
    }
  }

  async #run(timer: Timer, pastDue: boolean): Promise<void> {
    const started = this.#now()
    timer.busy = true
    const input = timerInput(timer, pastDue)
    timer.last = started
    timer.next = timer.schedule(started)
    // A failed run is already logged, and the schedule goes on.
    await this.#invocations.run(timer.target, input).catch(() => {})
    timer.busy = false
  }
}

/** What the handler is told, in the words of the .NET host: the library changes them. */
function timerInput({ target, last, next }: Timer, pastDue: boolean): TypedData {
  const updated = last?.toISOString() ?? never
  const status = { Last: updated, Next: next?.toISOString() ?? never, LastUpdated: updated }
  return {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: target.monitored ? status : null,
      IsPastDue: pastDue,
    }),
  }
}
