import type { ItemRequest } from './item-request.ts'

/** Requests answered, and the bytes of their bodies and of the answers' bodies. Not request units: those are Azure's. */
export interface Count {
  operations: number
  bytes: number
}

/** Counts by container and operation. */
export type CountTable = Record<string, Partial<Record<ItemRequest['operation'], Count>>>

/** Counts what clients ask of items. */
export class Counts {
  #table: CountTable = {}

  add({ container, operation }: ItemRequest, bytes: number): void {
    this.#table[container] ??= {}
    const row = this.#table[container]
    const count = row[operation] ?? { operations: 0, bytes: 0 }
    row[operation] = { operations: count.operations + 1, bytes: count.bytes + bytes }
  }

  /** What was counted since the start or the last reset. */
  read = (): CountTable => structuredClone(this.#table)

  reset(): void {
    this.#table = {}
  }
}
