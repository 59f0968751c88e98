import type { Account } from '../identity/account.ts'
import { Refusal } from '../refusal.ts'
import type { Interval, Mode } from './purchase.ts'

/** Item of kind `intent`: what somebody was about to buy, stored before the seller's page is opened (F12). */
export interface Intent {
  /** `intent_` and 43 characters; derived from the change that asked, so that a repeat finds it. */
  id: string
  kind: 'intent'
  /** Partition of its own: the id. */
  about: string
  mode: Mode
  account: Account
  fingerprint: string
  name: string
  reference: string | null
  quantity: number
  interval: Interval
  /** In which the seller's page was asked for: asked for again, it is the same page. */
  language: 'en' | 'fr'
  at: string
  expiresAt: string
  /** The seller's page that was opened for it; written before its address is given out. */
  session: string | null
  /** Ours, once the purchase has arrived. */
  subscriptionId: string | null
  /** When the seller last said that its page is finished; until it is asked again that is how it stands. */
  askedAt: string | null
  ttl: number
}

const hour = 3_600_000
/** The seller's pages live a day at most. */
const OPEN_MS = 23 * hour
const KEPT_SECONDS = 90 * 24 * 3600

/** What a buyer asks for. */
export interface Wish {
  name: string
  reference: string | null
  quantity: number
  interval: Interval
  language: 'en' | 'fr'
}

/** A new intent. */
export function newIntent(
  id: string,
  mode: Mode,
  account: Account,
  fingerprint: string,
  wish: Wish,
  now: Date,
): Intent {
  return {
    id,
    kind: 'intent',
    about: id,
    mode,
    account,
    fingerprint,
    ...wish,
    at: now.toISOString(),
    expiresAt: new Date(now.getTime() + OPEN_MS).toISOString(),
    session: null,
    subscriptionId: null,
    askedAt: null,
    ttl: KEPT_SECONDS,
  }
}

export const intentId = (changeId: string): string => `intent_${changeId}`

/** The earlier intent, if it is the same wish. @throws Refusal `idempotency_mismatch` */
export function sameWish(known: Intent, fingerprint: string): Intent {
  if (known.fingerprint === fingerprint) return known
  throw new Refusal('idempotency_mismatch', 'This Idempotency-Key was used for another request.')
}

/** The seller opens no page for less than half an hour. */
const SHORTEST_MS = 31 * 60_000

/** The intent, if its page is open or can still be opened. @throws Refusal `idempotency_mismatch` */
export function stillOpen<Known extends Intent>(intent: Known, now: Date): Known {
  const left = Date.parse(intent.expiresAt) - now.getTime()
  if (left > (intent.session === null ? SHORTEST_MS : 0)) return intent
  throw pageIsOver()
}

/** What is said when the page of an intent was finished or has expired. */
export const pageIsOver = (): Refusal =>
  new Refusal('idempotency_mismatch', 'This purchase was finished or has expired. Begin a new one.')

/** What the seller says of the page that an intent names. */
export interface PageSeen {
  id: string
  mode: Mode
  subscription: string | null
  intent: string | null
}

/**
 * Whether a purchase belongs to the account of an intent: the intent is ours and of this mode, the page is the one that
 * we opened for it, and that page made this very subscription. Nothing else that the seller carries binds anybody (F12).
 */
export const binds = (intent: Intent, page: PageSeen, mode: Mode, sellersSubscription: string): boolean =>
  intent.mode === mode &&
  page.mode === mode &&
  intent.session === page.id &&
  page.intent === intent.id &&
  page.subscription === sellersSubscription

/** How often the return page may make us ask the seller. */
const ASK_AGAIN_MS = 10_000

/** Whether the seller should be asked about an intent that has not arrived. */
export const shouldAsk = ({ session, subscriptionId, askedAt }: Intent, now: Date): boolean =>
  session !== null &&
  subscriptionId === null &&
  (askedAt === null || now.getTime() - Date.parse(askedAt) >= ASK_AGAIN_MS)
