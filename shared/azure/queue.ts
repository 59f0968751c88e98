import type { ServiceBusSender } from '@azure/service-bus'

/** What a message may have beside its body. */
export interface Envelope {
  at?: Date
  messageId?: string
  sessionId?: string
  applicationProperties?: Record<string, string>
}

/** A queue to send to. Messages carry ids only and may be lost, late, doubled or reordered without harm. */
export class Queue {
  readonly name: string
  readonly #open: () => ServiceBusSender
  #sender: ServiceBusSender | undefined

  constructor(name: string, open: () => ServiceBusSender) {
    this.name = name
    this.#open = open
  }

  /**
   * Sends one message, to be handled at `at` at the earliest; under a new id unless it is one that comes again. On a
   * queue with sessions, messages of one session are handled one after another.
   * @throws when the queue does not take it
   */
  async send(
    body: unknown,
    { at, messageId = crypto.randomUUID(), sessionId, applicationProperties }: Envelope = {},
  ): Promise<void> {
    this.#sender ??= this.#open()
    const more = { ...(sessionId ? { sessionId } : {}), ...(applicationProperties ? { applicationProperties } : {}) }
    const message = { body, contentType: 'application/json', messageId, ...more }
    await this.#sender.sendMessages(at ? { ...message, scheduledEnqueueTimeUtc: at } : message)
  }
}
