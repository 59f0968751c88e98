import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { Purchases } from '@securemailmerge/shared/purchasing/purchases'
import { Checkout } from '@securemailmerge/shared/stripe/checkout'
import { stripeClient } from '@securemailmerge/shared/stripe/client'
import { setClockOffset } from '../../infra/local/clock.ts'
import { startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { startServiceBus } from '../../infra/local/service-bus/server.ts'
import { clockFile, serviceSettings } from '../../infra/local/settings.ts'
import { startStripe } from '../../infra/local/stripe/start-stripe.ts'
import { freePorts } from '../../infra/tools/free-ports.ts'

const root = join(import.meta.dirname, '..', '..')

/** The stand-ins in this process, and a host with purchase-webhooks in one of its own, which can be killed. */
export type World = Awaited<ReturnType<typeof startWorld>>

/** How the world differs from the usual one: its clock may run fast, the seller may allow so many calls a second. */
export interface WorldOptions {
  speed?: number
  rateLimit?: number
}

export async function startWorld(
  from: 'functions' | 'dist',
  { speed = 1, rateLimit = Number.POSITIVE_INFINITY }: WorldOptions = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'smm-lives-'))
  let offset = 0
  const began = Date.now()
  const now = () => new Date(Date.now() + offset + (Date.now() - began) * (speed - 1))
  const tell = () => setClockOffset(clockFile(folder), now().getTime() - Date.now())
  const telling = speed === 1 ? undefined : setInterval(tell, 20)
  const [cosmos, bus, stripe, port] = await Promise.all([
    startCosmos({ now }),
    startServiceBus({ now }),
    startStripe({ now, rateLimit }),
    freePorts(1),
  ])
  const origin = `http://localhost:${port}`
  const env = serviceSettings(folder, {
    origin,
    authority: origin,
    cosmos: { endpoint: cosmos.endpoint, key: cosmos.key },
    serviceBus: bus.connectionString,
    stripe: { api: stripe.origin, key: stripe.key, secret: stripe.webhookSecret },
  })
  let host: ChildProcess
  async function startHost(): Promise<void> {
    const args = [join(root, 'infra/local/functions-host/main.ts'), '--port', String(port), '--from', from]
    const only = ['--only', 'purchase-webhooks']
    host = spawn(process.execPath, [...args, ...only], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', process.env.LIVES_LOG ? 'inherit' : 'ignore'],
    })
    const lines = createInterface({ input: host.stdout as NodeJS.ReadableStream })
    const [line] = await Promise.race([once(lines, 'line'), once(host, 'exit')])
    if (!String(line).startsWith('ready')) throw new Error(`the host ended: ${line}`)
    lines.on('line', (one) => process.env.LIVES_LOG && console.error(one))
  }
  await startHost()
  stripe.act.listenAt(`http://127.0.0.1:${port}/api/purchases/stripe`)
  const services = azure(readConfig('purchase-webhooks', env))
  const purchases = new Purchases(services.items('purchases'), services.queue('purchases'))
  const checkout = new Checkout(stripeClient({ key: stripe.key, api: new URL(stripe.origin) }), now)
  return {
    ...{ cosmos, bus, stripe, now, purchases, checkout, subscriptions: services.items('subscriptions') },
    get host() {
      return host
    },
    advance(ms: number): void {
      offset += ms
      tell()
      stripe.tick()
    },
    /** kill -9, and another one on the same port. */
    async kill(): Promise<void> {
      const exit = once(host, 'exit')
      host.kill('SIGKILL')
      await exit
    },
    startHost,
    async close(): Promise<void> {
      clearInterval(telling)
      host.kill('SIGKILL')
      await services.close()
      await Promise.all([cosmos.close(), bus.close(), stripe.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
