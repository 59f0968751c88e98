import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wiring } from '../../functions/merge-send-queue/wiring.ts'
import { startBlobs } from '../../infra/local/blobs/start-blobs.ts'
import { startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { startGraph } from '../../infra/local/graph/start-graph.ts'
import { startIdentity } from '../../infra/local/identity/server.ts'
import { startServiceBus } from '../../infra/local/service-bus/server.ts'
import { serviceSettings } from '../../infra/local/settings.ts'
import { FastClock } from './clock.ts'
import { Host } from './host.ts'

/** The stand-ins in this process, on a fast clock, and hosts in processes of their own. */
export type World = Awaited<ReturnType<typeof startWorld>>

/** How fast it lives, as a multiple of real time, and with how many hosts: two at most. */
export interface WorldOptions {
  rate: number
  hosts: number
  /** No time passes while this process stands still, nor while there is no host: what is slow here is not what is tested. */
  isPatient?: boolean
}

/** Clocks are written again and again: in memory, where a machine has a folder of it. */
const fast = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Two names of one machine: by which of them a host calls tells the hosts apart. */
const names = ['127.0.0.1', 'localhost']
const asking = new AsyncLocalStorage<string>()
subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage }
  asking.enterWith(String(request.headers.host).split(':')[0] ?? '')
})

/** Starts the stand-ins and the hosts; `dist/merge-send-queue` has to be there. */
export async function startWorld({ rate, hosts: count, isPatient = false }: WorldOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'smm-sending-'))
  const clocks = mkdtempSync(join(fast, 'smm-clocks-'))
  const clock = new FastClock(rate, isPatient ? 100 : undefined)
  const { now } = clock
  const data = join(folder, 'cosmos')
  let cosmos = await startCosmos({ now, data })
  const { port, key, endpoint } = cosmos
  const [bus, identity, blobs] = await Promise.all([startServiceBus({ now }), startIdentity({ now }), startBlobs()])
  const graph = await startGraph({ now, jwksUri: `${identity.authority}/common/discovery/v2.0/keys` })
  const env = {
    ...serviceSettings(folder, {
      origin: 'http://localhost:4280',
      authority: identity.authority,
      cosmos: { endpoint, key },
      serviceBus: bus.connectionString,
      stripe: { api: 'http://localhost:1', key: 'rk_test_none', secret: 'whsec_none' },
      sending: {
        blobs: blobs.connectionString,
        graph: graph.api.href,
        clientKey: JSON.stringify(identity.clientKey),
      },
    }),
    CLOCK_FILE: join(clocks, 'clock'),
    CLOCK_RATE: String(rate),
  }
  const hosts = Array.from({ length: count }, (_, at) => new Host(env, join(clocks, `clock-${at}`), String(names[at])))
  for (const { clockFile } of hosts) clock.tellIn(clockFile)
  clock.tellIn(env.CLOCK_FILE)
  // What people do comes in by the same code as in the service, here in this process.
  const services = wiring(env)
  await services.sending.mailbox('none')
  const [first, ...others] = hosts
  await first?.startFirst()
  await Promise.all(others.map((host) => host.start()))
  if (isPatient) clock.hurries = () => hosts.some(({ isUp }) => isUp)
  return {
    ...{ clock, now, rate, bus, identity, graph, hosts, services, data },
    get cosmos() {
      return cosmos
    },
    /** Whose request a stand-in is looking at. */
    whoAsks: () => hosts.find(({ calls }) => calls === asking.getStore()),
    /** Closes the store, lets its files be changed, and opens it again under the same address. */
    async reopenStore(change: () => void): Promise<void> {
      await cosmos.close()
      change()
      cosmos = await startCosmos({ now, data, port, key })
    },
    async close(): Promise<void> {
      for (const host of hosts) host.kill()
      clock.stop()
      await services.close()
      await Promise.all([cosmos.close(), bus.close(), identity.close(), graph.close(), blobs.close()])
      for (const one of [folder, clocks]) rmSync(one, { recursive: true, force: true })
    },
  }
}
