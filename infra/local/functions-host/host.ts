import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { adminOf } from './admin.ts'
import { Core } from './core.ts'
import { readHostJson } from './host-json.ts'
import { described, type HostedFunction, hosted } from './hosted.ts'
import { listen } from './http-server.ts'
import { Invocations } from './invocations.ts'
import { receive } from './queues.ts'
import { Routes } from './routes.ts'
import { findServices, loadServices } from './services.ts'
import type { Settings } from './settings.ts'
import { unsupported } from './start-failure.ts'
import { Timers } from './timers.ts'

/** What to host: the services in folder `from` (all, or `only` some), by its host.json or that of `root`. */
export type HostOptions = {
  root: string
  from: string
  only: string[] | undefined
  port: number
  settings: Settings
  now: () => Date
}

/** A running host. */
export type Host = {
  port: number
  functions: ReturnType<typeof described>[]
  /** Takes nothing new, waits up to 10 s for what runs, and says goodbye to the services. */
  close(): Promise<void>
}

const graceMs = 10_000

/**
 * Loads the services and serves their functions on 127.0.0.1. A process can do this once: see `Core.install`.
 * @throws StartFailure that names what stands in the way, or an Error `EADDRINUSE`
 */
export async function startHost({ root, from, only, port, settings, now }: HostOptions): Promise<Host> {
  const hostJson = [join(from, 'host.json'), join(root, 'host.json')].find((path) => existsSync(path))
  const hostSettings = readHostJson(hostJson ?? join(root, 'host.json'))
  const core = new Core()
  core.install()
  await loadServices(core, findServices(from, only))
  const functions = core.registrations.map((one) => hosted(one, hostSettings.routePrefix, settings))
  const invocations = new Invocations()
  const timers = new Timers(of(functions, 'timer'), invocations, now)
  const routes = new Routes(of(functions, 'http'))
  for (const app of core.apps) await app.runHooks('appStart', { hookData: {}, appHookData: app.appHookData })
  await lockSetup(core)
  const server = await listen({ routes, invocations, admin: adminOf(functions, timers) }, port)
  const queues = await receive(of(functions, 'queue'), hostSettings, invocations, now)
  timers.start()
  return {
    port: server.port,
    functions: functions.map(described),
    async close() {
      timers.stop()
      const drained = Promise.all([server.drain(), queues.drain(), invocations.idle()])
      await Promise.race([drained, delay(graceMs)])
      if (invocations.running > 0) console.error(`functions: ${invocations.running} invocations are cut off`)
      for (const app of core.apps) await app.runHooks('appTerminate', { hookData: {}, appHookData: app.appHookData })
      server.cut()
      await Promise.race([queues.close(), delay(1000)])
    },
  }
}

/** Ends the time in which `app.setup` may be called, as the worker does once all is loaded. */
async function lockSetup(core: Core): Promise<void> {
  for (const model of new Set(core.registrations.map((one) => one.model))) {
    const capabilities = await model.getCapabilities({})
    if (capabilities.HttpUri) throw unsupported('app.setup', 'enableHttpStream')
  }
}

const of = <Kind extends HostedFunction['trigger']>(functions: HostedFunction[], kind: Kind) =>
  functions.filter((one): one is Extract<HostedFunction, { trigger: Kind }> => one.trigger === kind)
