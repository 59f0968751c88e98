import rhea, { type AmqpError, type Delivery, type EventContext, type Sender } from 'rhea'
import type { Queue } from './queue.ts'
import type { Stored } from './stored.ts'
import { outgoing, tagOf, tokenOf } from './wire.ts'

/** The parts of a rhea link that it keeps but does not declare. */
type Link = Sender & {
  credit: number
  delivery_count: number
  _draining: boolean
  _get_drain(): boolean
  local: { attach: { snd_settle_mode?: number } }
  session: { outgoing: { next_delivery_id: number; next_pending_delivery: number; transfer_window(): number } }
}
type Receiver = { link: Link; deletes: boolean }
type State = { undeliverable_here?: boolean; message_annotations?: object; error?: AmqpError }
type Outcome = { accepted(): { described(): unknown }; rejected(fields: object): { described(): unknown } }

const { accepted, rejected } = rhea.message as unknown as Outcome
const settledFirst = 1

/** Hands messages of a queue out to all who receive them, in turn and against their credit. */
export class Deliveries {
  readonly #queue: Queue
  readonly #take: () => Stored | undefined
  readonly #late: AmqpError
  #receivers: Receiver[] = []

  /** `take` locks the next message there is; `late` is the answer to a settlement that comes too late. */
  constructor(queue: Queue, take: () => Stored | undefined, late: AmqpError = lockLost) {
    this.#queue = queue
    this.#take = take
    this.#late = late
  }

  /** Begins to serve a receiver that has just attached. */
  serve(sender: Sender): void {
    const link = sender as Link
    const deletes = sender.snd_settle_mode === settledFirst
    if (deletes) link.local.attach.snd_settle_mode = settledFirst
    this.#receivers.push({ link, deletes })
    link.on('sender_flow', () => this.pump())
    link.on('sender_draining', () => link.set_drained(true))
    link._get_drain = () => drained(link)
    for (const event of ['accepted', 'rejected', 'modified', 'released'] as const) {
      link.on(event, ({ delivery }: EventContext) => delivery && this.#settle(event, delivery))
    }
  }

  /** Sends as many messages as there are, and as there is credit for. */
  pump(): void {
    this.#receivers = this.#receivers.filter(({ link }) => link.is_open())
    for (;;) {
      const receiver = this.#nextWithRoom()
      if (!receiver) return
      const message = this.#take()
      if (!message?.lock) return
      receiver.link.send(outgoing(message) as never, tagOf(message.lock.token))
      if (receiver.deletes) this.#queue.complete(message.lock.token)
    }
  }

  #nextWithRoom(): Receiver | undefined {
    const place = this.#receivers.findIndex(hasRoom)
    if (place < 0) return undefined
    const [receiver] = this.#receivers.splice(place, 1)
    this.#receivers.push(receiver!)
    return receiver
  }

  #settle(outcome: 'accepted' | 'rejected' | 'modified' | 'released', delivery: Delivery): void {
    const refusal = refusalOf(this.#queue, outcome, tokenOf(delivery.tag), delivery.remote_state ?? {})
    const error = refusal === 'late' ? this.#late : refusal
    delivery.update(true, error ? rejected({ error }).described() : accepted().described())
    // A client that settles second never says so, and rhea would keep the delivery until its buffer is full.
    Object.assign(delivery, { remote_settled: true })
  }
}

/**
 * Whether the flow that is being written says that all credit is gone. rhea says so only while there is credit left to
 * take back: when a message has just used it up, the client would wait for the word in vain, and close its link.
 */
function drained(link: Link): boolean {
  if (link._draining) {
    link.delivery_count += link.credit
    link.credit = 0
  }
  return link._draining
}

/** rhea counts a message against credit and window only when it writes it out: what still waits for that counts too. */
function hasRoom({ link }: Receiver): boolean {
  const { outgoing } = link.session
  const waiting = outgoing.next_delivery_id - outgoing.next_pending_delivery
  return link.sendable() && Math.min(link.credit, outgoing.transfer_window()) > waiting
}

function refusalOf(queue: Queue, outcome: string, token: string, state: State): AmqpError | 'late' | undefined {
  const { undeliverable_here, message_annotations, error } = state
  if (undeliverable_here) return unsupported('Deferring a message')
  if (message_annotations || addsProperties(error?.info)) return unsupported('Changing properties while settling')
  if (outcome === 'accepted') return queue.complete(token) ? undefined : 'late'
  if (outcome !== 'rejected') return queue.abandon(token) ? undefined : 'late'
  const reason = error?.info?.DeadLetterReason ?? null
  const description = error?.info?.DeadLetterErrorDescription ?? null
  return queue.deadLetter(token, { reason, description }) ? undefined : 'late'
}

const addsProperties = (info: object | undefined): boolean =>
  Object.keys(info ?? {}).some((name) => name !== 'DeadLetterReason' && name !== 'DeadLetterErrorDescription')

/** The answer to a settlement that comes too late. */
export const lockLost: AmqpError = {
  condition: 'com.microsoft:message-lock-lost',
  description: 'The lock is lost: it ran out, or the message has been settled or removed.',
}

/** The answer to what the real service can do and this one cannot. */
export const unsupported = (what: string): AmqpError => ({
  condition: 'amqp:not-implemented',
  description: `${what} is not supported by the local Service Bus.`,
})
