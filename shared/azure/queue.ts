import type { ServiceBusSender } from '@azure/service-bus'

/** A queue to send to. Messages carry ids only and may be lost, late, doubled or reordered without harm. */
export class Queue {
  readonly #open: () => ServiceBusSender
  #sender: ServiceBusSender | undefined

  constructor(open: () => ServiceBusSender) {
    this.#open = open
  }

  /** Sends one message, to be handled at `at` at the earliest. @throws when the queue does not take it */
  async send(body: Record<string, unknown>, at?: Date): Promise<void> {
    this.#sender ??= this.#open()
    const message = {
      body,
      contentType: 'application/json',
      messageId: crypto.randomUUID(),
    }
    await this.#sender.sendMessages(at ? { ...message, scheduledEnqueueTimeUtc: at } : message)
  }
}
