import type { AnswerOf } from '../../data/answers.ts'

/** What became of a purchase, as the page tells it. */
export type Became = 'open' | 'expired' | 'confirming' | 'ready' | 'unpaid' | 'over' | 'handed_on'

/** The part of an intent that says what became of it. */
type Seen = Pick<AnswerOf<'show_intent'>, 'state' | 'subscription'>

const ASK_MS = 2_000
/** Money that takes days, and a service that is away, are not asked for every moment. */
const ASK_LATER_MS = 10_000

/** What became of it. Arrived is not paid, and paid by this account is not always its own any more. */
export function becameOf({ state, subscription }: Seen): Became {
  if (state !== 'arrived') return state
  if (!subscription) return 'handed_on'
  if (subscription.licensing) return 'ready'
  return subscription.state === 'payment_pending' ? 'unpaid' : 'over'
}

/** After how long to ask again by itself; false: it will not change by itself. */
export function askAgainMs(seen: Seen | undefined, failure: { status: number } | null): number | false {
  if (failure && failure.status !== 429 && failure.status >= 400 && failure.status < 500) return false
  if (failure) return ASK_LATER_MS
  const became = seen && becameOf(seen)
  if (became === 'unpaid') return ASK_LATER_MS
  return became === undefined || became === 'confirming' ? ASK_MS : false
}

/** The intent that a fragment names. It is an id and opens nothing by itself. */
export const intentIn = (fragment: string): string | undefined => /^#?(intent_[\w-]{1,100})$/.exec(fragment)?.[1]
