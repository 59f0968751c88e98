import { Refusal } from '../refusal.ts'

/** Lists that one process takes in at a time: a body may be held in memory. */
const MOST_AT_ONCE = 4
const AGAIN_SECONDS = 15

/** Lists that are coming in, counted per process: they share its memory and its time. */
export class Uploads {
  readonly #under = new Set<string>()

  /**
   * Takes in one list of a mailbox.
   * @throws Refusal `too_many_requests` while another one of it comes in, `unavailable` while too many of others do
   */
  async take<T>(mailboxId: string, work: () => Promise<T>): Promise<T> {
    const again = { retryAfterSeconds: AGAIN_SECONDS }
    if (this.#under.has(mailboxId)) throw new Refusal('too_many_requests', 'Another list of yours is coming in.', again)
    if (this.#under.size >= MOST_AT_ONCE)
      throw new Refusal('unavailable', 'Many lists are coming in. Try again.', again)
    this.#under.add(mailboxId)
    try {
      return await work()
    } finally {
      this.#under.delete(mailboxId)
    }
  }
}
