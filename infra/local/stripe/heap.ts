/** Things in the order of a comparison, the first of them at hand; of equal ones the one that was added first. */
export class Heap<T> {
  readonly #before: (a: T, b: T) => number
  readonly #entries: { value: T; order: number }[] = []
  #next = 0

  constructor(before: (a: T, b: T) => number) {
    this.#before = before
  }

  get size(): number {
    return this.#entries.length
  }

  /** All of them, in no order. */
  values = (): T[] => this.#entries.map(({ value }) => value)

  peek = (): T | undefined => this.#entries[0]?.value

  push(value: T): void {
    const entries = this.#entries
    entries.push({ value, order: this.#next++ })
    let at = entries.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#isInOrder(parent, at)) return
      this.#swap(parent, at)
      at = parent
    }
  }

  pop(): T | undefined {
    const [first] = this.#entries
    const last = this.#entries.pop()
    if (first === undefined || last === undefined || first === last) return first?.value
    this.#entries[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const child = left + 1 < this.size && !this.#isInOrder(left, left + 1) ? left + 1 : left
      if (child >= this.size || this.#isInOrder(at, child)) return first.value
      this.#swap(at, child)
      at = child
    }
  }

  #isInOrder(one: number, other: number): boolean {
    const [a, b] = [this.#at(one), this.#at(other)]
    return (this.#before(a.value, b.value) || a.order - b.order) <= 0
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#at(one), this.#at(other)]
    this.#entries[one] = b
    this.#entries[other] = a
  }

  #at = (index: number) => this.#entries[index] as { value: T; order: number }
}
