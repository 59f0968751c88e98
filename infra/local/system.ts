import { openAddIn } from './add-in/server.ts'
import { clockOffset, setClockOffset } from './clock.ts'
import { passOn, serviceOf } from './front-door.ts'
import { Hosts } from './hosts.ts'
import { type Listener, listen } from './http-frame.ts'
import { openLocalPage } from './local-page/server.ts'
import { type LogLine, Logs } from './logs.ts'
import { type ProcessName, processesOf } from './processes.ts'
import { clockFile } from './settings.ts'
import type { Supervised } from './supervised.ts'

/** How to start a system. */
export interface SystemOptions {
  /** First of its ten ports; 0: any free ones. */
  base?: number
  /** Folder that keeps keys, clock and data between runs. One system at a time may use it. */
  data: string
  /** Whether what the processes write is kept to oneself instead of being printed. */
  quiet?: boolean
  /** Whether the services run from the bundles in `dist/` instead of from their sources. */
  bundles?: boolean
  /** Folders that Functions hosts run the services from instead, a host each. */
  hosts?: string[]
  /** Options of Node for the Functions host, such as `--inspect`. */
  hostArgs?: string[]
  /** How many times faster than real time the whole system lives. */
  rate?: number
}

/** A clock that runs fast is moved so often. */
const HURRY_MS = 20

/** Queues that operators send commands to. */
export type CommandQueue = 'seat-assignment-commands' | 'purchase-webhooks-commands' | 'merge-send-queue-commands'

/** The time of a whole system. */
export interface Clock {
  /** How far ahead of real time it is, in ms. */
  readonly offset: number
  now(): Date
  advance(ms: number): void
  /** Sets the offset; 0 is real time. */
  set(offset: number): void
}

/** A running system: the services and everything they need, on this machine. Addresses have no slash at the end. */
export interface System {
  /** The public address of the services, and of the page `/local`. */
  origin: string
  /** The add-in page: another origin. */
  addIn: string
  /** The authority of the identity stand-in. */
  identity: string
  /** The Cosmos endpoint; its key is in `settings`. */
  cosmos: string
  /** The Stripe stand-in: its API, its pages, its control routes. */
  stripe: string
  /** The Graph stand-in: its API, its pages of mailboxes, its control routes. */
  graph: string
  /** The control API of the Service Bus; its connection string is in `settings`. */
  busControl: string
  /** What the services read from their environment, secrets included. */
  settings: Record<string, string>
  processes: Record<ProcessName, Supervised>
  /** The process that runs the services, the first of them if there are several. */
  host: Supervised
  /** All that run the services, behind the one public address. */
  hosts: Hosts
  clock: Clock
  /** Gives the services other settings and starts their hosts anew, one after the other. An empty text is no setting. */
  reconfigure(changes: Record<string, string>): Promise<void>
  /** Puts a command on a command queue; returns its message id. @throws Error when the queue is down */
  sendCommand(command: object, queue?: CommandQueue): Promise<string>
  /** The first line of the services' log that fits, also one of the past. @throws Error after `ms`, 10 s by default */
  waitForLog(fits: (line: LogLine) => boolean, ms?: number): Promise<LogLine>
  /** Ends everything, whatever hangs, in 9 s at most. */
  stop(): Promise<void>
}

/**
 * Starts the stand-ins, then the Functions host, behind one origin.
 * @throws PortTaken; Error with what the failing process wrote. Nothing is left running then
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { base = 0, data, quiet = false, bundles = false, hostArgs = [], rate = 1 } = options
  const { hosts: folders = [bundles ? 'dist' : 'functions'] } = options
  const port = (offset: number) => (base === 0 ? 0 : base + offset)
  const logs = new Logs(quiet)
  const processes = processesOf({ data, port, hosts: folders, hostArgs, rate }, logs)
  const listeners: Listener[] = []
  const clock = clockOf(clockFile(data))
  const hurry = rate === 1 ? undefined : setInterval(() => clock.advance(HURRY_MS * (rate - 1)), HURRY_MS)
  process.once('exit', processes.cut)
  const stop = async () => {
    clearInterval(hurry)
    await processes.close()
    await Promise.all(listeners.map((one) => one.close()))
    process.off('exit', processes.cut)
  }
  try {
    const front = await listen(port(0))
    listeners.push(front)
    const addIn = await listen(port(1))
    listeners.push(addIn)
    const origin = `http://localhost:${front.port}`
    const settings = await processes.start(origin)
    const { identity, cosmos, 'service-bus': bus, stripe, graph, 'functions-host': host } = processes.byName
    const hosts = new Hosts(processes.hosts)
    const busControl = `http://127.0.0.1:${bus.ready?.controlPort}`
    const system: System = {
      origin,
      addIn: `http://localhost:${addIn.port}`,
      identity: String(identity.ready?.authority),
      cosmos: String(cosmos.ready?.endpoint),
      stripe: String(stripe.ready?.origin),
      graph: String(graph.ready?.origin),
      busControl,
      settings,
      processes: processes.byName,
      host,
      hosts,
      clock,
      async reconfigure(changes) {
        Object.assign(settings, changes)
        await hosts.restartEach()
      },
      sendCommand: (command, queue = 'seat-assignment-commands') => sendCommand(busControl, queue, command),
      waitForLog: (fits, ms = 10_000) => logs.wait(fits, ms),
      stop,
    }
    open(system, front, addIn)
    return system
  } catch (error) {
    await stop()
    throw error
  }
}

/** Answers on the two ports of the supervisor itself. */
function open(system: System, front: Listener, addIn: Listener): void {
  const localPage = openLocalPage(system)
  front.handle((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string
    if (path === '/local' || path.startsWith('/local/')) return localPage(request, response)
    return passOn(system.hosts.take(serviceOf(path), response), request, response)
  })
  addIn.handle(openAddIn(system))
}

function clockOf(file: string): Clock {
  const set = (offset: number) => setClockOffset(file, offset)
  return {
    get offset() {
      return clockOffset(file)
    },
    now: () => new Date(Date.now() + clockOffset(file)),
    advance: (ms) => set(clockOffset(file) + ms),
    set,
  }
}

async function sendCommand(busControl: string, queue: CommandQueue, command: object): Promise<string> {
  const response = await fetch(`${busControl}/queues/${queue}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(command),
  })
  if (!response.ok) throw new Error(`the queue answered ${response.status}: ${await response.text()}`)
  const { messageId } = (await response.json()) as { messageId: string }
  return messageId
}
