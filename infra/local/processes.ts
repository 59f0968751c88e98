import { join } from 'node:path'
import type { Logs } from './logs.ts'
import { clockFile, serviceSettings } from './settings.ts'
import { type Launch, type Ready, Supervised } from './supervised.ts'

/** The processes of a system, in the order in which they are ended. */
export const processNames = [
  ...(['functions-host', 'service-bus', 'cosmos', 'identity', 'stripe', 'graph', 'blobs'] as const),
] as const
/** Name of a process; a folder of `infra/local/`. */
export type ProcessName = (typeof processNames)[number]

/** How to run them. `port` gives the port for an offset from the first one of the system, or 0 for any. */
export interface ProcessOptions {
  data: string
  port(offset: number): number
  /** Folders that Functions hosts run the services from, a host each; the first is the process `functions-host`. */
  hosts: string[]
  /** Options of Node for the Functions host. */
  hostArgs: string[]
  /** How many times faster than real time it all lives. */
  rate: number
}

/** The processes of one system. */
export interface Processes {
  byName: Record<ProcessName, Supervised>
  /** All that run the services, `functions-host` first. */
  hosts: Supervised[]
  /** Starts the stand-ins, then the host. Returns the settings of the services. @throws PortTaken, or another Error */
  start(origin: string): Promise<Record<string, string>>
  /** Ends them for good; takes some 9 s at most, whatever hangs. */
  close(): Promise<void>
  /** Kills them without waiting. */
  cut(): void
}

/** Describes the processes of a system; nothing runs yet. */
export function processesOf({ data, port, hosts: folders, hostArgs, rate }: ProcessOptions, logs: Logs): Processes {
  let settings: Record<string, string> = {}
  let webhook = ''
  let jwks = ''
  const hostOf = (from: string, first: number): Launch => ({
    script: mainOf('functions-host'),
    args: (last) => ['--port', String(last?.port ?? first), '--from', from],
    env: () => settings,
    nodeArgs: hostArgs,
  })
  const [from = 'functions', ...others] = folders
  const launches: Record<ProcessName, Launch> = {
    'functions-host': hostOf(from, port(6)),
    'service-bus': standIn('service-bus', data, port(4), (last) => [
      '--control-port',
      String(last?.controlPort ?? port(5)),
    ]),
    cosmos: standIn('cosmos', data, port(3)),
    identity: standIn('identity', data, port(2)),
    stripe: standIn('stripe', data, port(7), () => ['--webhook', webhook]),
    graph: standIn('graph', data, port(8), () => ['--jwks', jwks]),
    blobs: standIn('blobs', data, port(9)),
  }
  const entries = processNames.map((name) => [name, new Supervised(name, launches[name], logs.of(name))])
  const byName = Object.fromEntries(entries) as Record<ProcessName, Supervised>
  const { 'functions-host': host, ...standIns } = byName
  const named = (at: number) => `functions-host-${at + 2}`
  const hosts = [host, ...others.map((one, at) => new Supervised(named(at), hostOf(one, 0), logs.of(named(at))))]
  return {
    byName,
    hosts,
    async start(origin) {
      webhook = `${origin}/api/purchases/stripe`
      const [bus, cosmos, identity, stripe, blobs] = await Promise.all([
        standIns['service-bus'].restart(),
        standIns.cosmos.restart(),
        standIns.identity.restart(),
        standIns.stripe.restart(),
        standIns.blobs.restart(),
      ])
      jwks = `${identity.authority}/common/discovery/v2.0/keys`
      const graph = await standIns.graph.restart()
      const ready = { bus, cosmos, identity, stripe, blobs, graph }
      settings = { ...settingsOf(data, origin, ready), ...(rate === 1 ? {} : { CLOCK_RATE: String(rate) }) }
      await Promise.all(hosts.map((one) => one.restart()))
      return settings
    },
    async close() {
      // While the stand-ins are there the host can still settle what it has in hand.
      await Promise.all(hosts.map((one) => one.close()))
      await Promise.all(Object.values(standIns).map((one) => one.close()))
    },
    cut: () => [...hosts, ...Object.values(standIns)].forEach((one) => void one.cut()),
  }
}

/** What the services are told of what the stand-ins have said of themselves. */
const settingsOf = (
  data: string,
  origin: string,
  {
    bus,
    cosmos,
    identity,
    stripe,
    blobs,
    graph,
  }: Record<'bus' | 'cosmos' | 'identity' | 'stripe' | 'blobs' | 'graph', Ready>,
): Record<string, string> =>
  serviceSettings(data, {
    origin,
    authority: String(identity.authority),
    cosmos: { endpoint: String(cosmos.endpoint), key: String(cosmos.key) },
    serviceBus: String(bus.connectionString),
    stripe: { api: String(stripe.origin), key: String(stripe.key), secret: String(stripe.webhookSecret) },
    signInKey: JSON.stringify(identity.portalKey),
    sending: {
      blobs: String(blobs.connectionString),
      graph: String(graph.api),
      clientKey: JSON.stringify(identity.clientKey),
    },
  })

const mainOf = (name: string) => join(import.meta.dirname, name, 'main.ts')

const standIn = (name: ProcessName, data: string, port: number, more: Launch['args'] = () => []): Launch => ({
  script: mainOf(name),
  args: (last) => [
    ...['--port', String(last?.port ?? port), '--data', join(data, name), '--clock', clockFile(data)],
    ...more(last),
  ],
})
