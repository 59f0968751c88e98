import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import rhea, { type AmqpError, type Connection, type EventContext, type link, type Receiver, type Sender } from 'rhea'
import type { Access } from './access.ts'
import { parseAddress, tokenAddress } from './address.ts'
import { unsupported } from './deliveries.ts'
import type { Faults } from './faults.ts'
import { type Answer, manage } from './management.ts'
import { Outlet } from './outlet.ts'
import type { Queue } from './queue.ts'
import { maxMessageSize, send } from './sends.ts'
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

/** All ways in which rhea tells that a link, or what it stands on, is gone. */
const ends = [
  'sender_close',
  'session_close',
  'connection_close',
  'connection_error',
  'protocol_error',
  'error',
  'disconnected',
]

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
  const outlets = new Map([...broker.queues.values()].map((queue) => [queue, new Outlet(queue)]))
  container.on('receiver_open', ({ receiver }: EventContext) => receiver && openSending(broker, outlets, receiver))
  container.on('sender_open', ({ sender }: EventContext) => sender && openReceiving(broker, outlets, sender))
  for (const event of ends) {
    // A client may go at any moment and in any way. Its locks run out by themselves, but its sessions end at once.
    container.on(event, () => outlets.forEach(({ sessions }) => void sessions?.releaseClosed()))
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

type Outlets = ReadonlyMap<Queue, Outlet>

/** A client wants to send to us: messages for a queue, tokens, or requests. */
function openSending(broker: Broker, outlets: Outlets, receiver: Receiver): void {
  const address = receiver.target?.address ?? ''
  receiver.set_target({ address })
  if (address === tokenAddress) return void receiver.on('message', (context) => takeToken(broker.access, context))
  const admitted = admit(broker, receiver, address)
  if (!admitted) return
  const { queue, kind, subQueue } = admitted
  if (kind === 'management') {
    const renewSession = (linkName: unknown, id: string) =>
      outlets.get(queue)?.sessions?.renew(receiver.connection, linkName, id)
    const managed = { queue, subQueue, faults: broker.faults, now: broker.now, renewSession }
    receiver.on('message', (context) => request(context, (message) => manage(managed, message)))
  } else if (subQueue === 'deadLetter') receiver.close(unsupported('Sending to a dead-letter queue'))
  else receiver.on('message', (context) => takeMessages(broker, queue, context))
}

/** A client wants to receive from us: messages of a queue, or the answers to its requests. */
function openReceiving(broker: Broker, outlets: Outlets, sender: Sender): void {
  const { address = '', filter } = sender.source ?? {}
  sender.set_source({ address })
  if (address === tokenAddress) return
  const admitted = admit(broker, sender, address)
  if (admitted?.kind === 'messages') outlets.get(admitted.queue)?.serve(admitted.subQueue, sender, filter)
}

/** The queue that a link may be opened to; undefined, and the link is closed, when it may not. */
function admit({ queues, access }: Broker, link: link, address: string) {
  const node = parseAddress(address)
  if (node.kind === 'unsupported') return void link.close(unsupported(node.what))
  const queue = queues.get(node.name)
  if (!queue) return void link.close(notFound(address))
  if (!access.allows(link.connection, address))
    return void link.close(unauthorized(`No token was shown for ${address}.`))
  return { queue, kind: node.kind, subQueue: node.subQueue }
}

/** The SDK knows by the words, not by the condition, that it is a queue that is missing. */
const notFound = (address: string): AmqpError => ({
  condition: 'amqp:not-found',
  description: `The messaging entity ${address} could not be found.`,
})
const unauthorized = (description: string): AmqpError => ({ condition: 'amqp:unauthorized-access', description })

function takeMessages({ faults, now }: Broker, queue: Queue, { message, delivery, connection }: EventContext): void {
  const sent = send(queue, faults, now, messagesOf(message, delivery?.format))
  if (sent === 'connection dropped') drop(connection)
  else if ('refused' in sent) delivery?.reject(sent.refused)
  else delivery?.accept()
}

function takeToken(access: Access, context: EventContext): void {
  request(context, ({ application_properties: { operation, name: audience, type } = {}, body: token }) => {
    if (operation !== 'put-token') return { status: 501, error: unsupported(`The operation ${operation}`) }
    const why = access.show(context.connection, { audience, type, token })
    return why ? { status: 401, error: unauthorized(why) } : { status: 202 }
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
