import { mkdtempSync, rmSync } from 'node:fs'
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

/** How to start one. */
export interface WorldOptions {
  /** How many times as fast as real time it lives. */
  rate: number
  hosts: number
}

/** Starts the stand-ins and the hosts; `dist/merge-send-queue` has to be there. */
export async function startWorld({ rate, hosts: count }: WorldOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'smm-sending-'))
  const clock = new FastClock(rate)
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
    CLOCK_RATE: String(rate),
  }
  const hosts = Array.from({ length: count }, (_, at) => new Host(env, join(folder, `clock-${at}`)))
  for (const { clockFile } of hosts) clock.tellIn(clockFile)
  clock.tellIn(env.CLOCK_FILE)
  // What people do comes in by the same code as in the service, here in this process.
  const services = wiring(env)
  await services.sending.mailbox('none')
  await Promise.all(hosts.map((host) => host.start()))
  // A start takes as long as it takes; what is waited for is not that.
  clock.hurries = () => hosts.some(({ isUp }) => isUp)
  return {
    ...{ clock, now, rate, bus, identity, graph, hosts, services, data },
    get cosmos() {
      return cosmos
    },
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
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
