/** Values that a process remembers, the last used ones, of so many bytes together. */
export class Kept<T> {
  readonly #most: number
  readonly #values = new Map<string, { value: T; bytes: number }>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  get(key: string): T | undefined {
    const known = this.#values.get(key)
    if (!known) return undefined
    // The first of a map is what was used longest ago.
    this.#values.delete(key)
    this.#values.set(key, known)
    return known.value
  }

  /** Remembers a value, in place of the one of this key. One that is larger than all may be is not kept. */
  set(key: string, value: T, bytes: number): void {
    this.delete(key)
    this.#values.set(key, { value, bytes })
    this.#bytes += bytes
    for (const [oldest] of this.#values) {
      if (this.#bytes <= this.#most) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#values.get(key)?.bytes ?? 0
    this.#values.delete(key)
  }
}
