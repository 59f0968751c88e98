/** What happens to calls that fit. `method` and the beginning of `path` (without `/v1/`) may be left out. */
export interface Fault {
  method?: string
  path?: string
  /** How many calls; -1: all. */
  times: number
  do: { status: number } | { delayMs: number } | { drop: 'before' | 'after' } | { hold: 'before' | 'after' }
}

import { StripeError } from './stripe-error.ts'

/** Faults by request, and the calls that they hold. */
export class Faults {
  #rules: Fault[] = []
  readonly #held = new Map<number, () => void>()
  #next = 0

  add(fault: Fault): void {
    this.#rules.push({ ...fault })
  }

  clear(): void {
    this.#rules = []
  }

  rules = (): Fault[] => this.#rules

  /** How many calls are held now. */
  get held(): number {
    return this.#held.size
  }

  release(): void {
    for (const go of this.#held.values()) go()
    this.#held.clear()
  }

  /** What happens before a call is executed. @throws StripeError */
  before(method: string, path: string, left: AbortSignal): Promise<'dropped' | 'go'> {
    return this.#meet(
      method,
      path,
      left,
      ({ do: what }) => 'status' in what || 'delayMs' in what || Object.values(what)[0] === 'before',
    )
  }

  /** What happens to the answer of a call that was executed. */
  after(method: string, path: string, left: AbortSignal): Promise<'dropped' | 'go'> {
    return this.#meet(method, path, left, ({ do: what }) => Object.values(what)[0] === 'after')
  }

  async #meet(
    method: string,
    path: string,
    left: AbortSignal,
    isNow: (fault: Fault) => boolean,
  ): Promise<'dropped' | 'go'> {
    const rule = this.#rules.find(
      (one) => one.times !== 0 && isNow(one) && (one.method ?? method) === method && path.startsWith(one.path ?? ''),
    )
    if (!rule) return 'go'
    if (rule.times > 0) rule.times -= 1
    this.#rules = this.#rules.filter(({ times }) => times !== 0)
    if ('status' in rule.do)
      throw new StripeError(
        rule.do.status,
        rule.do.status === 429 ? 'rate_limit' : 'api_error',
        'A fault that was asked for.',
        undefined,
        rule.do.status >= 500 ? 'api_error' : undefined,
      )
    if ('delayMs' in rule.do)
      await new Promise((resolve) => setTimeout(resolve, (rule.do as { delayMs: number }).delayMs))
    else if ('drop' in rule.do) return 'dropped'
    else if ('hold' in rule.do) return this.#hold(left)
    return 'go'
  }

  #hold(left: AbortSignal): Promise<'dropped' | 'go'> {
    return new Promise((resolve) => {
      const id = this.#next++
      this.#held.set(id, () => resolve('go'))
      left.addEventListener('abort', () => {
        this.#held.delete(id)
        resolve('dropped')
      })
    })
  }
}
