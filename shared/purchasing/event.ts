import { hash } from '../hash.ts'
import type { Mode } from './purchase.ts'

/**
 * Whom a purchase event is about, and the partition of container `purchases` that it lies in: the seller's subscription
 * where the event names it (`test:sub_…`), else the event itself (`test:evt_…`). The mode is part of every key (C13).
 */
export type About = `${Mode}:${string}`

/** Item of kind `event`: that there is something to look at. Never what happened: that is fetched (B10). */
export interface PurchaseEvent {
  /** Mode and the id that its maker gave it: what comes twice collides. */
  id: string
  kind: 'event'
  about: About
  /** Type at the seller, or of our own: `walk`, `replay`, `return`, `quantity_lowered`. */
  type: string
  /** How to find the subscription when the event does not name it. */
  customer: string | null
  paymentIntent: string | null
  charge: string | null
  /** When the seller made it. */
  madeAt: string
  apiVersion: string | null
  /** When we stored it; a reminder of our own has the instant from which it counts. */
  at: string
  state: 'waiting' | 'applied' | 'ignored' | 'parked'
  /** Why it is ignored, parked or still waiting. */
  why: string | null
  attempts: number
  /** When the sweeper wakes it again; only while waiting, so that the sweep is one cheap query (B7). */
  due?: string
  /** It has been tried and rests until then: a wake that comes earlier is not its own. */
  restsUntil?: string
  /** Seconds. */
  ttl: number
}

const minute = 60_000
/** The wake of a new event is given this long before the sweeper sends another. */
export const SWEEP_AFTER_MS = 2 * minute
/** A bug that threw this often is not going to mend itself. */
export const BUGS_BEFORE_PARKING = 3
const KEPT_SECONDS = 90 * 24 * 3600

const MOST_MS = 60 * minute

/** How long to rest after so many attempts: 5 s, doubled each time, an hour at most. */
export const restOf = (attempts: number): number => Math.min(MOST_MS, 5_000 * 2 ** Math.min(attempts, 20))

/** The partition for a subscription, or for whatever else is named. */
export const aboutOf = (mode: Mode, sellersId: string): About => `${mode}:${sellersId}`

/** The two parts of an address in `purchases`; undefined when it is none. */
export function partsOf(about: string): { mode: Mode; sellersId: string } | undefined {
  const [, mode, sellersId] = /^(live|test):([a-z]+_[A-Za-z0-9_]{1,200})$/.exec(about) ?? []
  return mode && sellersId ? { mode: mode as Mode, sellersId } : undefined
}

/** Our id of a purchased subscription, derived so that creating it twice collides (B4). */
export const purchasedId = (mode: Mode, sellersId: string): string =>
  `sub_${hash('purchase', mode, sellersId).slice(0, 22)}`

/** Sessions of queue `purchases`: how many refreshes run at a time in the whole system (B6). */
export const SESSIONS = 6

/** The session of a wake: the same for everything about one subscription, so that never two of it run at once. */
export const sessionOf = (about: About): string =>
  String(Buffer.from(hash('session', about), 'base64url').readUInt32BE() % SESSIONS)

/** What is the same in every new event. */
export const waiting = (at: Date, due: Date) =>
  ({
    kind: 'event',
    at: at.toISOString(),
    state: 'waiting',
    why: null,
    attempts: 0,
    due: due.toISOString(),
    ttl: KEPT_SECONDS,
  }) as const

/** A reason of ours to look at a subscription, as an event that cannot get lost. `key` tells one cause from another. */
export function ownEvent(about: About, type: string, key: string, at: Date): PurchaseEvent {
  const common = { customer: null, paymentIntent: null, charge: null, apiVersion: null }
  return {
    id: `own:${type}:${hash(about, type, key)}`,
    about,
    type,
    ...common,
    madeAt: at.toISOString(),
    ...waiting(at, new Date(at.getTime() + SWEEP_AFTER_MS)),
  }
}

/** The event after it was looked at. */
export function settled(
  { due: _, restsUntil: __, ...event }: PurchaseEvent,
  state: 'applied' | 'ignored' | 'parked',
  why: string | null,
): PurchaseEvent {
  return { ...event, state, why }
}

/** The event after it was woken again: should that wake get lost, the next one comes later each time. */
export const putOff = (event: PurchaseEvent, now: Date): PurchaseEvent => ({
  ...event,
  attempts: event.attempts + 1,
  due: new Date(now.getTime() + restOf(event.attempts)).toISOString(),
})

/** The event after an outage: put off, and no wake of others makes it try sooner. */
export function rested(event: PurchaseEvent, now: Date): PurchaseEvent {
  const later = putOff(event, now)
  return { ...later, ...(later.due ? { restsUntil: later.due } : {}) }
}

/** By so much a wake may be early, by the clock of whom it comes to. */
const EARLY_MS = 2_000

/** Whether an event may be tried now. One that has begun anew has never been. */
export const isReady = ({ attempts, restsUntil }: PurchaseEvent, now: Date): boolean =>
  attempts === 0 || restsUntil === undefined || Date.parse(restsUntil) <= now.getTime() + EARLY_MS
