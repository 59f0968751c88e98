import { Refusal } from '../refusal.ts'

const WINDOW_MS = 60_000
const REMEMBERED = 50_000

/** Calls of one account in a minute, counted per process: a flood of one must not slow the others (F28). */
export class Limits {
  #counts = new Map<string, number>()
  #window = 0

  /** @throws Refusal `too_many_requests` with the seconds to wait */
  take(who: string, perMinute: number, now: Date): void {
    const window = Math.floor(now.getTime() / WINDOW_MS)
    if (window !== this.#window || this.#counts.size > REMEMBERED) {
      this.#counts = new Map()
      this.#window = window
    }
    const count = (this.#counts.get(who) ?? 0) + 1
    this.#counts.set(who, count)
    if (count <= perMinute) return
    const retryAfterSeconds = Math.ceil(((window + 1) * WINDOW_MS - now.getTime()) / 1000)
    throw new Refusal('too_many_requests', `At most ${perMinute} calls a minute.`, { retryAfterSeconds })
  }
}
