import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusSessionReceiver } from '@azure/service-bus'
import type { HostSettings } from './host-json.ts'

/** Receives from one queue with sessions. */
export type Sessions = {
  /** Takes no more messages; resolves when those taken are settled. */
  close(): Promise<void>
}

/** How long to wait before trying again when the Service Bus is away. */
const restMs = 500
/** An accept that waits in vain for a session is no error. */
const nothingCame = new Set(['ServiceTimeout', 'SessionCannotBeLocked', 'OperationTimeout'])

/**
 * Keeps so many sessions open at once, each handled message by message and given up when it has been idle: the
 * behaviour of the Functions host with `isSessionsEnabled`.
 */
export function receiveSessions(
  client: ServiceBusClient,
  queue: string,
  { maxConcurrentSessions, sessionIdleSeconds, maxLockRenewalSeconds }: HostSettings,
  handle: (message: ServiceBusReceivedMessage, receiver: ServiceBusSessionReceiver) => Promise<void>,
  report: (error: Error) => void,
): Sessions {
  const closing = new AbortController()
  const { signal } = closing
  const options = { maxAutoLockRenewalDurationInMs: maxLockRenewalSeconds * 1000, skipParsingBodyAsJson: true }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      try {
        const receiver = await client.acceptNextSession(queue, { ...options, abortSignal: signal })
        await serve(receiver).finally(() => receiver.close())
      } catch (error) {
        if (signal.aborted) return
        if (nothingCame.has(String((error as { code?: string }).code))) continue
        report(error as Error)
        await new Promise((resolve) => setTimeout(resolve, restMs))
      }
    }
  }

  async function serve(receiver: ServiceBusSessionReceiver): Promise<void> {
    while (!signal.aborted) {
      const waiting = { maxWaitTimeInMs: sessionIdleSeconds * 1000, abortSignal: signal }
      const [message] = await receiver.receiveMessages(1, waiting)
      if (!message) return
      await handle(message, receiver)
    }
  }

  const workers = Array.from({ length: maxConcurrentSessions }, work)
  return {
    async close() {
      closing.abort()
      await Promise.all(workers)
    },
  }
}
