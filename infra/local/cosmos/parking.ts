import { randomUUID } from 'node:crypto'
import type { ItemRequest } from './item-request.ts'

/** A request that is held: before it was executed, or (`after`) when only its answer is missing. */
export interface Parked extends ItemRequest {
  id: string
  after: boolean
}

/** Where requests wait until they are let go. */
export class Parking {
  readonly #waiting = new Map<string, { parked: Parked; go: () => void }>()

  /** Waits until released (true), or until `lost` is aborted (false: the request never reached us). */
  async wait(request: ItemRequest, after: boolean, lost: AbortSignal): Promise<boolean> {
    if (lost.aborted) return false
    const id = randomUUID()
    return new Promise((resolve) => {
      this.#waiting.set(id, { parked: { ...request, id, after }, go: () => resolve(true) })
      const leave = () => {
        this.#waiting.delete(id)
        resolve(false)
      }
      lost.addEventListener('abort', leave, { once: true })
    })
  }

  list = (): Parked[] => [...this.#waiting.values()].map(({ parked }) => parked)

  /** Lets go of one request, or of all; says of how many. */
  release(id?: string): number {
    const chosen = [...this.#waiting].filter(([waiting]) => id === undefined || waiting === id)
    for (const [waiting, { go }] of chosen) {
      this.#waiting.delete(waiting)
      go()
    }
    return chosen.length
  }
}
