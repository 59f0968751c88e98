import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Supervised } from './supervised.ts'

/** A request that takes longer is cut off with its host. */
const DRAIN_MS = 5_000

/**
 * The Functions hosts behind the one public address. As with the instances of a Function App, a request goes to any of
 * them that runs, and one that is about to end gets no new ones.
 */
export class Hosts {
  readonly all: readonly Supervised[]
  readonly #running = new Map<Supervised, number>()
  readonly #leaving = new Set<Supervised>()
  #turn = 0

  constructor(all: readonly Supervised[]) {
    this.all = all
  }

  /** Who answers the next request to a service: each that can, in turn; when none can, one of which it is worth waiting. */
  take(service: string, response: ServerResponse): Supervised {
    const able = this.all.filter((host) => host.state === 'running' && !this.#leaving.has(host) && has(host, service))
    const starting = this.all.find(({ state }) => state === 'starting')
    const host = (able[this.#turn++ % able.length] ?? starting ?? this.all[0]) as Supervised
    this.#running.set(host, this.#asked(host) + 1)
    response.once('close', () => this.#running.set(host, this.#asked(host) - 1))
    return host
  }

  /** Ends a host, once what it was asked is answered. It stays down until `restart`. */
  async stop(host: Supervised, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#leave(host)
    await host.kill(signal)
  }

  /** Starts a host, or starts it anew once what it was asked is answered. @throws Error when it does not start */
  async restart(host: Supervised): Promise<void> {
    await this.#leave(host)
    await host.restart()
    this.#leaving.delete(host)
  }

  /** Starts all of them anew, one after the other. @throws Error when one does not start */
  async restartEach(): Promise<void> {
    for (const host of this.all) await this.restart(host)
  }

  async #leave(host: Supervised): Promise<void> {
    this.#leaving.add(host)
    const end = performance.now() + DRAIN_MS
    while (this.#asked(host) > 0 && performance.now() < end) await delay(10)
  }

  #asked = (host: Supervised): number => this.#running.get(host) ?? 0
}

/** Whether a host runs a service: one of another version may not have it yet. */
export function has({ ready }: Supervised, service: string): boolean {
  const functions = (ready?.functions ?? []) as { service: string }[]
  return functions.some((one) => one.service === service)
}
