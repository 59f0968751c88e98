import { StripeError } from './stripe-error.ts'

/** What happens to calls that fit. `method` and the beginning of `path` (without `/v1/`) may be left out. */
export interface Fault {
  method?: string
  path?: string
  /** How many calls; -1: all. */
  times: number
  do: { status: number } | { delayMs: number } | { drop: 'before' | 'after' } | { hold: 'before' | 'after' }
}

/** Faults by request, and the calls that they hold. */
export class Faults {
  #rules: Fault[] = []
  readonly #held = new Set<() => void>()

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

  /** Lets all that are held go on. */
  release(): void {
    for (const go of this.#held) go()
    this.#held.clear()
  }

  /** What happens before a call is executed. @throws StripeError */
  before(method: string, path: string, left: AbortSignal): Promise<'dropped' | 'go'> {
    return this.#meet(method, path, left, ({ do: what }) => momentOf(what) === 'before')
  }

  /** What happens to the answer of a call that was executed. */
  after(method: string, path: string, left: AbortSignal): Promise<'dropped' | 'go'> {
    return this.#meet(method, path, left, ({ do: what }) => momentOf(what) === 'after')
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
    const { do: what } = rule
    if (rule.times > 0) rule.times -= 1
    this.#rules = this.#rules.filter(({ times }) => times !== 0)
    if ('status' in what) throw errorOf(what.status)
    if ('hold' in what) return this.#hold(left)
    if ('delayMs' in what) await new Promise((resolve) => setTimeout(resolve, what.delayMs))
    return 'drop' in what ? 'dropped' : 'go'
  }

  #hold(left: AbortSignal): Promise<'dropped' | 'go'> {
    return new Promise((resolve) => {
      const go = () => resolve('go')
      this.#held.add(go)
      left.addEventListener('abort', () => {
        this.#held.delete(go)
        resolve('dropped')
      })
    })
  }
}

const momentOf = (what: Fault['do']): 'before' | 'after' =>
  'drop' in what ? what.drop : 'hold' in what ? what.hold : 'before'

function errorOf(status: number): StripeError {
  const message = 'A fault that was asked for.'
  if (status === 402) return new StripeError(status, message, { type: 'card_error', code: 'card_declined' })
  if (status === 429) return new StripeError(status, message, { code: 'rate_limit' })
  return new StripeError(status, message, status >= 500 ? { type: 'api_error' } : {})
}
