import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import rhea, { type AmqpError, type Connection, type EventContext, type link, type Receiver, type Sender } from 'rhea'
import type { Access } from './access.ts'
import { parseAddress } from './address.ts'
import { Deliveries, unsupported } from './deliveries.ts'
import type { Faults } from './faults.ts'
import { type Answer, manage } from './management.ts'
import type { Queue } from './queue.ts'
import { maxMessageSize, send } from './sends.ts'
import type { SubQueue } from './stored.ts'
import { type AmqpMessage, messagesOf } from './wire.ts'

/** What the protocol is spoken for. */
export type Broker = {
  queues: ReadonlyMap<string, Queue>
  faults: Faults
  access: Access
  now: () => Date
  /** A connection silent for twice as long is closed; clients are told, and send heartbeats. */
  idleMs: number
}

/** More deliveries than one link can have open: rhea throws when its buffer is full. */
const sessionBuffer = { incoming: 2048, outgoing: 65_536 }

/**
 * Speaks AMQP 1.0 on 127.0.0.1.
 * @throws EADDRINUSE when the port is taken
 */
export async function serveAmqp(broker: Broker, port: number): Promise<{ port: number; close(): Promise<unknown> }> {
  const container = rhea.create_container({ id: 'local-service-bus' })
  const server = container.listen({
    port,
    host: '127.0.0.1',
    idle_time_out: broker.idleMs,
    session_buffer_size: sessionBuffer,
    noDelay: true,
    sender_options: { autosettle: false, treat_modified_as_released: false } as object,
    receiver_options: { autoaccept: false, credit_window: 1000, max_message_size: maxMessageSize },
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const deliveries = deliveriesOf(broker.queues)
  container.on('receiver_open', ({ receiver }: EventContext) => receiver && openSending(broker, receiver))
  container.on('sender_open', ({ sender }: EventContext) => sender && openReceiving(broker, deliveries, sender))
  for (const event of ['connection_close', 'connection_error', 'protocol_error', 'error', 'disconnected']) {
    // A client may go at any moment and in any way. Nothing is to be done: its locks run out by themselves.
    container.on(event, () => {})
  }
  await once(server, 'listening')
  const close = () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    return closed
  }
  return { port: (server.address() as AddressInfo).port, close }
}

type AllDeliveries = (queue: Queue, subQueue: SubQueue) => Deliveries

function deliveriesOf(queues: ReadonlyMap<string, Queue>): AllDeliveries {
  const all = new Map<Queue, Record<SubQueue, Deliveries>>()
  for (const queue of queues.values()) {
    const both = { main: new Deliveries(queue, 'main'), deadLetter: new Deliveries(queue, 'deadLetter') }
    all.set(queue, both)
    // Later, so that a queue in the middle of a change is never asked for its next message.
    queue.onReady = (subQueue) => queueMicrotask(() => both[subQueue].pump())
  }
  return (queue, subQueue) => all.get(queue)![subQueue]
}

/** A client wants to send to us: messages for a queue, tokens, or requests. */
function openSending(broker: Broker, receiver: Receiver): void {
  const address = receiver.target?.address
  const node = parseAddress(address)
  receiver.set_target({ address })
  if (node.kind === 'cbs') return void receiver.on('message', (context) => takeToken(broker.access, context))
  const queue = queueFor(broker, receiver, address)
  if (!queue || node.kind === 'unsupported') return
  if (node.kind === 'management') {
    const managed = { queue, subQueue: node.subQueue, faults: broker.faults, now: broker.now }
    receiver.on('message', (context) => request(context, (message) => manage(managed, message)))
  } else if (node.subQueue === 'deadLetter') refuse(receiver, unsupported('Sending to a dead-letter queue'))
  else receiver.on('message', (context) => takeMessages(broker, queue, context))
}

/** A client wants to receive from us: messages of a queue, or the answers to its requests. */
function openReceiving(broker: Broker, deliveries: AllDeliveries, sender: Sender): void {
  const { address, filter } = sender.source ?? {}
  const node = parseAddress(address)
  sender.set_source({ address: address ?? '' })
  if (node.kind === 'cbs') return
  const queue = queueFor(broker, sender, address)
  if (!queue || node.kind !== 'queue') return
  if (filter && Object.keys(filter).length > 0) refuse(sender, unsupported('A session or another filter'))
  else deliveries(queue, node.subQueue).serve(sender)
}

function queueFor({ queues, access }: Broker, link: link, address: string | undefined): Queue | undefined {
  const node = parseAddress(address)
  if (node.kind === 'unsupported') return void refuse(link, unsupported(node.what))
  const queue = node.kind === 'cbs' ? undefined : queues.get(node.queue)
  if (queue && access.allows(link.connection, address ?? '')) return queue
  const description = queue
    ? `No token was shown for ${address}.`
    : `The messaging entity ${address} could not be found.`
  return void refuse(link, { condition: queue ? 'amqp:unauthorized-access' : 'amqp:not-found', description })
}

const refuse = (link: link, error: AmqpError): void => link.close(error)

function takeMessages({ faults, now }: Broker, queue: Queue, { message, delivery, connection }: EventContext): void {
  const sent = send(queue, faults, now, messagesOf(message, delivery?.format))
  if (sent === 'connection dropped') drop(connection)
  else if ('refused' in sent) delivery?.reject(sent.refused)
  else delivery?.accept()
}

function takeToken(access: Access, context: EventContext): void {
  request(context, ({ application_properties: properties = {}, body }) => {
    if (properties.operation !== 'put-token')
      return { status: 501, error: unsupported(`The operation ${properties.operation}`) }
    const { name: audience, type } = properties
    const description = access.show(context.connection, { audience, type, token: body })
    return description
      ? { status: 401, error: { condition: 'amqp:unauthorized-access', description } }
      : { status: 202 }
  })
}

/** Answers a request on the link that it names as `reply_to`. */
function request(
  { message, delivery, connection }: EventContext,
  answer: (message: AmqpMessage) => Answer | undefined,
) {
  delivery?.accept()
  const { message_id, reply_to } = message as AmqpMessage
  const answered = answer(message as AmqpMessage)
  if (!answered) return drop(connection)
  const { status, body = {}, error } = answered
  const named = (link: Sender) => link.name === reply_to || link.target?.address === reply_to
  const words = { 'status-code': status, 'status-description': error?.description ?? 'OK' }
  const replied = connection.find_sender(named)?.send({
    correlation_id: message_id as string,
    application_properties: { ...words, statusCode: status, ...(error && { 'error-condition': error.condition }) },
    body,
  })
  // Nobody waits for an answer to an answer.
  Object.assign(replied ?? {}, { settled: true })
}

const drop = (connection: Connection): void => connection.socket.destroy(new Error('dropped by a fault'))
