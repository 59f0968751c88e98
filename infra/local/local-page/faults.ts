import type { ProcessName } from '../processes.ts'
import type { System } from '../system.ts'

/** What can be made to go wrong from the page. */
export const faultNames = [
  'store_throttled',
  'store_down',
  'queue_refuses',
  'queue_down',
  'keys_unreachable',
  'host_killed',
] as const
/** One of `faultNames`. */
export type FaultName = (typeof faultNames)[number]

type Change = (system: System) => Promise<unknown>

const begin: Record<FaultName, Change> = {
  store_throttled: (system) => failStore(system, 10, { status: 429, retryAfterMs: 200 }),
  store_down: (system) => failStore(system, -1, { status: 503 }),
  queue_refuses: ({ busControl }) => post(`${busControl}/faults`, { queue: 'seat-uses', do: 'refuse', times: 10 }),
  queue_down: ({ processes }) => processes['service-bus'].kill(),
  keys_unreachable: ({ identity }) => post(`${identity}/_local/faults`, { what: 'down' }),
  host_killed: ({ host }) => host.kill(),
}

/** Makes one thing go wrong until all is cleared, or for as often as its name says. @throws Error when it cannot */
export const beginFault = (system: System, name: FaultName): Promise<unknown> => begin[name](system)

/** Ends every fault: what is down is started, and the stand-ins forget what they were asked for. @throws Error */
export async function clearFaults({ processes, cosmos, busControl, identity, graph }: System): Promise<void> {
  const stopped = Object.values(processes).filter(({ state }) => state === 'stopped')
  await Promise.all(stopped.map((one) => one.restart()))
  await send('DELETE', `${cosmos}/_local/faults`)
  await post(`${busControl}/faults/clear`, {})
  await send('DELETE', `${identity}/_local/faults`)
  await send('DELETE', `${graph}/_local/faults`)
  await post(`${graph}/_local/release`, {})
}

/** Kills a process, or starts it anew. @throws Error when it does not start */
export async function changeProcess({ processes }: System, name: ProcessName, deed: 'kill' | 'restart'): Promise<void> {
  await (deed === 'kill' ? processes[name].kill() : processes[name].restart())
}

const failStore = ({ cosmos }: System, times: number, action: object) =>
  post(`${cosmos}/_local/faults`, { match: {}, times, do: action })

const post = (address: string, body: object) => send('POST', address, JSON.stringify(body))

async function send(method: string, address: string, body?: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(address, { method, headers, ...(body === undefined ? {} : { body }) })
  if (!response.ok) throw new Error(`${method} ${address} answered ${response.status}: ${await response.text()}`)
}
