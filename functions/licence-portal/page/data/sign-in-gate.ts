import { Problem } from './problem.ts'

/** Why somebody has to sign in again before a refused call can be repeated: it has ended, or is too long ago for this. */
export type Why = 'ended' | 'not_fresh'

const whys: Partial<Record<string, Why>> = { token_invalid: 'ended', fresh_sign_in_required: 'not_fresh' }

/** What a refusal wants of the person; undefined where signing in would not help. */
export const whySignIn = (error: unknown): Why | undefined => (error instanceof Problem ? whys[error.code] : undefined)

/**
 * Where calls wait that need a new sign-in. Somebody has to be known on this page: who never was signed in is not asked
 * to do it again. Whoever puts it off is asked again when they change something, and not by what is read by itself.
 */
export class SignInGate {
  #wanted: Why | null = null
  #isKnown = false
  #isPutOff = false
  #waiting: ((isSignedIn: boolean) => void)[] = []
  readonly #watchers = new Set<() => void>()

  /** What calls are waiting for now, or null. */
  wanted = (): Why | null => this.#wanted

  /** Tells when that changes, until what it returns is called. */
  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  /** Somebody is signed in on this page. */
  know(): void {
    this.#isKnown = true
    this.#isPutOff = false
  }

  /** Waits until the person has signed in again; answers false when that is not asked, or put off. */
  ask(why: Why, isRead: boolean): Promise<boolean> {
    if (!this.#isKnown || (isRead && this.#isPutOff)) return Promise.resolve(false)
    // A fresh sign-in serves both.
    this.#want(this.#wanted === 'not_fresh' ? this.#wanted : why)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The person has signed in again, by the same account; or has put it off: then every call that waits is refused. */
  settle(isSignedIn: boolean): void {
    const waiting = this.#waiting.splice(0)
    this.#isPutOff = !isSignedIn
    this.#want(null)
    for (const go of waiting) go(isSignedIn)
  }

  /**
   * Asks, and once more after each sign-in that the answer wants.
   * @throws what asking threw, when nobody has signed in again or it wants the same once more
   */
  async through<Answer>(isRead: boolean, ask: () => Promise<Answer>): Promise<Answer> {
    const signedInFor = new Set<Why>()
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        const why = whySignIn(error)
        if (!why || signedInFor.has(why) || !(await this.ask(why, isRead))) throw error
        signedInFor.add(why)
      }
    }
  }

  #want(why: Why | null): void {
    if (this.#wanted === why) return
    this.#wanted = why
    for (const changed of this.#watchers) changed()
  }
}

/** The gate of this page. */
export const signInGate = new SignInGate()
