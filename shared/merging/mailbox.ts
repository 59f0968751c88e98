import type { Account } from '../identity/account.ts'
import type { Notice } from './notice.ts'
import { emptyWindows, type Windows } from './windows.ts'

/** A mail that is claimed and whose outcome is not yet in the counts of its campaign. */
export interface Claim {
  id: string
  campaignId: string
  /** Where its row stands in the stored list, from 1. */
  position: number
  /** By the store's clock. */
  at: string
}

/** A campaign that has something to send; `at` is the earliest instant for it. */
export interface Open {
  campaignId: string
  at: string
  /** Nothing of it has left yet: its sender waits to see the first mail. */
  isNew?: boolean
}

/** Why a mailbox cannot be sent from until its owner, or their administrator, has done something (F25). */
export type SignInLoss = 'needs_sign_in' | 'blocked_by_policy' | 'consent_withdrawn'

/** Item `mailbox`: the unit of pacing, and the guard of every claim (decision 6). All times by the store's clock. */
export interface Mailbox {
  id: 'mailbox'
  kind: 'mailbox'
  mailboxId: string
  account: Account
  /** The one tick that is acted upon, and when; null when nothing is to be done. */
  wake: { number: number; at: string | null }
  /** The wake that the turn has set which is under way, as far as anybody knows. */
  acting: number | null
  /** Microsoft has told the mailbox to wait, or its day is full. */
  rest: { until: string; why: 'throttled' | 'day_limit' } | null
  /** Throttled so many times on end without naming a time. */
  throttles: number
  lost: SignInLoss | null
  windows: Windows
  claims: Claim[]
  /** Those with work, the next one first: they take turns, mail by mail (E9). */
  open: Open[]
  /** What its owner is still to be told, the next one first; absent of old. */
  notices?: Notice[]
  /** The last restore that was accepted for it. */
  restored?: string
}

/** The mailbox of an account before its first campaign. */
export const newMailbox = (mailboxId: string, account: Account): Mailbox => ({
  id: 'mailbox',
  kind: 'mailbox',
  mailboxId,
  account,
  wake: { number: 0, at: null },
  acting: null,
  rest: null,
  throttles: 0,
  lost: null,
  windows: emptyWindows(),
  claims: [],
  open: [],
  notices: [],
})

/** Wakes the mailbox at an instant: a new number, which whoever stores this has to send (E1). */
export const wokenAt = (mailbox: Mailbox, at: Date | null): Mailbox => ({
  ...mailbox,
  wake: { number: mailbox.wake.number + 1, at: at === null ? null : at.toISOString() },
})

/** Whoever knows its tokens has one again. What Microsoft has told the mailbox to wait it waits all the same. */
export const withSignIn = (mailbox: Mailbox): Mailbox => ({ ...mailbox, lost: null, throttles: 0 })

/** A campaign has work from an instant on. Keeps its place when it has one. */
export function opened(mailbox: Mailbox, campaignId: string, at: Date, isNew = false): Mailbox {
  const entry: Open = { campaignId, at: at.toISOString(), ...(isNew ? { isNew } : {}) }
  const known = mailbox.open.some((one) => one.campaignId === campaignId)
  const open = known
    ? mailbox.open.map((one) => (one.campaignId === campaignId ? entry : one))
    : [...mailbox.open, entry]
  return { ...mailbox, open }
}

/** What is claimed next: the first mail of a campaign before anything else, then whoever has waited longest (E9). */
export function nextOpen({ open }: Mailbox, now: Date): Open | undefined {
  const due = open.filter(({ at }) => Date.parse(at) <= now.getTime())
  return due.find(({ isNew }) => isNew) ?? due[0]
}

/** A campaign has nothing to send any more, or is not to. */
export const closed = (mailbox: Mailbox, campaignId: string): Mailbox => ({
  ...mailbox,
  open: mailbox.open.filter((one) => one.campaignId !== campaignId),
})
