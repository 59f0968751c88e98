import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HttpHandler } from '@azure/functions'
import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { exportJWK, generateKeyPair } from 'jose'
import { lookUpLicence } from '../../functions/licence-lookup/look-up-licence.ts'
import * as lookupWiring from '../../functions/licence-lookup/wiring.ts'
import { acceptInvitation } from '../../functions/seat-assignment/accept-invitation.ts'
import { assignSeats } from '../../functions/seat-assignment/assign-seats.ts'
import { describeSubscription } from '../../functions/seat-assignment/describe-subscription.ts'
import { handOnSeat } from '../../functions/seat-assignment/hand-on-seat.ts'
import { listHistory } from '../../functions/seat-assignment/list-history.ts'
import { listSeats } from '../../functions/seat-assignment/list-seats.ts'
import { listSubscriptions } from '../../functions/seat-assignment/list-subscriptions.ts'
import { noteSeatUse } from '../../functions/seat-assignment/note-seat-use.ts'
import { obeyCommand } from '../../functions/seat-assignment/obey-command.ts'
import { rebindSeats } from '../../functions/seat-assignment/rebind-seats.ts'
import { showSubscription } from '../../functions/seat-assignment/show-subscription.ts'
import * as seatWiring from '../../functions/seat-assignment/wiring.ts'
import { withdrawSeats } from '../../functions/seat-assignment/withdraw-seats.ts'
import { fileClock, setClockOffset } from '../../infra/local/clock.ts'
import { startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { type CastKey, cast, localClientIds } from '../../infra/local/identity/cast.ts'
import type { Person } from '../../infra/local/identity/person.ts'
import { startIdentity } from '../../infra/local/identity/server.ts'
import { startServiceBus } from '../../infra/local/service-bus/server.ts'
import { contextOf, type Got, invoke } from './invoke.ts'

const routes = { ...licenceLookup, ...seatAssignment }
export type RouteName = keyof typeof routes
export type Who = CastKey | Person

interface Asked {
  as?: Who
  token?: string
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  headers?: Record<string, string>
}

/** The services on in-process stand-ins: real clients, real tokens, a clock that a test moves. */
export type Kit = Awaited<ReturnType<typeof startKit>>

export async function startKit() {
  const folder = mkdtempSync(join(tmpdir(), 'smm-kit-'))
  const clockFile = join(folder, 'clock')
  const now = fileClock(clockFile)
  let offset = 0
  const [cosmos, bus, identity] = await Promise.all([
    startCosmos({ now }),
    startServiceBus({ now }),
    startIdentity({ now }),
  ])
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const env = {
    STAND_INS: 'on',
    PUBLIC_ORIGIN: 'http://localhost:4280',
    ENTRA_AUTHORITY: identity.authority,
    COSMOS_ENDPOINT: cosmos.endpoint,
    COSMOS_KEY: cosmos.key,
    SERVICE_BUS: bus.connectionString,
    LICENSING_API_CLIENT_ID: localClientIds.licensingApi,
    ADD_IN_CLIENT_ID: localClientIds.addIn,
    PORTAL_CLIENT_ID: localClientIds.portal,
    PROOF_KEY: JSON.stringify(await exportJWK(privateKey)),
    CLOCK_FILE: clockFile,
  }
  const lookup = lookupWiring.wiring(env)
  const seats = seatWiring.wiring(env)
  const handlers: Record<RouteName, HttpHandler> = {
    look_up_licence: lookUpLicence(lookup),
    assign_seats: assignSeats(seats),
    withdraw_seats: withdrawSeats(seats),
    rebind_seats: rebindSeats(seats),
    hand_on_seat: handOnSeat(seats),
    list_subscriptions: listSubscriptions(seats),
    show_subscription: showSubscription(seats),
    describe_subscription: describeSubscription(seats),
    list_seats: listSeats(seats),
    list_history: listHistory(seats),
    accept_invitation: acceptInvitation(seats),
  }

  const tokenOf = async (person: Who) =>
    (await identity.issue({ person, client: 'addIn', audience: 'licensingApi' })).access_token

  async function call(name: RouteName, asked: Asked = {}): Promise<Got> {
    const token = asked.token ?? (asked.as === undefined ? undefined : await tokenOf(asked.as))
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const { params, query, body } = asked
    return invoke(handlers[name], name, {
      method: routes[name].method,
      headers: { ...authorization, ...asked.headers },
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(body === undefined ? {} : { body }),
    })
  }

  /** Hands a message to a queue's handler as the host does; the lines it logged come back. */
  async function deliver(
    queue: 'seat-uses' | 'seat-assignment-commands',
    body: unknown,
    messageId: string = crypto.randomUUID(),
  ) {
    const lines: string[] = []
    const handler = queue === 'seat-uses' ? noteSeatUse(seats) : obeyCommand(seats)
    await handler(body, contextOf(queue, lines, { messageId }))
    return lines.map((line) => JSON.parse(line) as { event: string; outcome: string; result: Record<string, unknown> })
  }

  /** Handles what look-ups have sent to `seat-uses`, once each. */
  async function settleUses(): Promise<number> {
    const { ServiceBusClient } = await import('@azure/service-bus')
    const client = new ServiceBusClient(bus.connectionString)
    const receiver = client.createReceiver('seat-uses')
    let handled = 0
    for (;;) {
      const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 50 })
      if (messages.length === 0) break
      await Promise.all(messages.map((message) => deliver('seat-uses', message.body, String(message.messageId))))
      await Promise.all(messages.map((message) => receiver.completeMessage(message)))
      handled += messages.length
    }
    await client.close()
    return handled
  }

  /** A subscription by the operator's command; answers its id. */
  async function grant(to: CastKey, quantity: number, more: Record<string, unknown> = {}): Promise<string> {
    const { tenantId, objectId } = cast[to]
    const until = new Date(now().getTime() + 365 * 86_400_000).toISOString()
    const terms = { owner: { tenantId, objectId }, quantity, until, name: 'Contoso', why: 'test', ...more }
    const [line] = await deliver('seat-assignment-commands', { command: 'grant', ...terms })
    if (line?.outcome !== 'done') throw new Error(`grant: ${line?.outcome}`)
    return String(line.result.subscriptionId)
  }

  const close = async () => {
    await Promise.all([lookup.close(), seats.close()])
    await Promise.all([cosmos.close(), bus.close(), identity.close()])
    rmSync(folder, { recursive: true, force: true })
  }
  const advance = (ms: number) => {
    offset += ms
    setClockOffset(clockFile, offset)
  }
  return { cosmos, bus, identity, env, now, lookup, seats, call, tokenOf, deliver, settleUses, grant, advance, close }
}
