/** Why Microsoft did not do what it was asked (product reference 4.4); told by the code, not by the status. */
export type Refused =
  /** The mailbox has to wait; null when no time was named. No attempt of the row is used up. */
  | { class: 'throttled'; retryAfterMs: number | null }
  /** Recipients of the last 24 hours: the mailbox waits. */
  | { class: 'day_limit' }
  /** This row alone cannot be sent; and will not be later either, when Microsoft's code says that. */
  | { class: 'row'; code: string; isFinal: boolean }
  /** Nothing of this campaign can be sent as this sender. */
  | { class: 'sender'; code: string }
  /** Whoever's mailbox it is has to sign in again; `claims` are handed to that sign-in. */
  | { class: 'sign_in'; code: string; claims: string | null }
  /** May succeed later; nothing was sent. */
  | { class: 'transient'; code: string }

/** How a call to Microsoft Graph ended: done, surely not done, or nobody can tell (decision 5). */
export type Outcome<T> =
  | { kind: 'done'; value: T }
  | { kind: 'refused'; why: Refused }
  | { kind: 'unclear'; reason: string }
