import { Watched } from './watched.ts'

/** Most licences that one call changes. */
export const PER_CALL = 90

/** How far a run has come. */
export interface Progress<Done> {
  /** `stopping`: the call that is under way is waited for. `refused`: `problem` says why; nothing of that call was done. */
  phase: 'running' | 'stopping' | 'stopped' | 'refused' | 'done'
  /** All that was given to it. */
  total: number
  done: readonly Done[]
  problem: unknown
}

/** Parts of a list, each of so many at most. */
export const chunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))

/** Sends one part. Its key stays the same when it is sent again. */
export type Send<Item, Done> = (items: Item[], key: string) => Promise<readonly Done[]>

/** A long list that is sent part by part. It can be stopped between two parts, and gone on with. */
export class Run<Item, Done> {
  readonly progress: Watched<Progress<Done>>
  readonly #parts: { items: Item[]; key: string }[]
  readonly #send: Send<Item, Done>

  constructor(items: readonly Item[], send: Send<Item, Done>, newKey = () => crypto.randomUUID() as string) {
    this.#parts = chunks(items, PER_CALL).map((part) => ({ items: part, key: newKey() }))
    this.#send = send
    this.progress = new Watched<Progress<Done>>({ phase: 'stopped', total: items.length, done: [], problem: null })
  }

  /** Sends what has not been sent; a part that was refused under the key that it had. Never rejects. */
  async goOn(): Promise<void> {
    if (this.isUnderWay) return
    this.#note({ phase: 'running', problem: null })
    for (;;) {
      const [part] = this.#parts
      if (!part) return this.#note({ phase: 'done' })
      if (this.progress.value.phase === 'stopping') return this.#note({ phase: 'stopped' })
      try {
        const done = await this.#send(part.items, part.key)
        this.#parts.shift()
        this.#note({ done: [...this.progress.value.done, ...done] })
      } catch (problem) {
        return this.#note({ phase: 'refused', problem })
      }
    }
  }

  /** Stops it after the call that is under way: one that is cut off may have been done all the same. */
  stop(): void {
    if (this.progress.value.phase === 'running') this.#note({ phase: 'stopping' })
  }

  get isUnderWay(): boolean {
    return ['running', 'stopping'].includes(this.progress.value.phase)
  }

  #note(some: Partial<Progress<Done>>): void {
    this.progress.set({ ...this.progress.value, ...some })
  }
}
