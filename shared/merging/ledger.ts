/**
 * What a row is at. A row without ledger item is pending too. `sent` means accepted by Microsoft; `unknown` that nobody
 * can tell whether it was.
 */
export type RowState = 'pending' | 'sending' | 'sent' | 'failed' | 'unknown'

/** What a sender can say of a mail whose end is unknown: it was sent, or it is to be sent again. */
export type Said = 'sent' | 'again'

/** Rows that are settled in one batch: it holds 100 writes. */
export const ROWS_PER_CALL = 90

/** The draft of a row, made once (E2). */
export interface Draft {
  id: string
  internetMessageId: string
}

/** Item `row:<campaignId>:<position>`: a row that has been attempted. */
export interface Ledger {
  id: string
  kind: 'row'
  mailboxId: string
  campaignId: string
  position: number
  /** Its number in the sender's list. */
  row: number
  to: string
  state: RowState
  /** Tries that were used up; waiting uses none. */
  attempts: number
  /** The claim under which it is being sent. */
  claim: string | null
  draft: Draft | null
  at: string
  /** Why it failed, waits or is unknown: a code. */
  why: string | null
  /** What its sender has said of it when its end was unknown, whatever has become of it since. */
  said?: Said
  /** Whether trying again cannot help: the address, the size. */
  isFinal: boolean
  ttl: number
}

/** Id of the ledger item of a row. */
export const ledgerItem = (campaignId: string, position: number): string => `row:${campaignId}:${position}`

/** Tries before a row counts as failed. */
export const MOST_ATTEMPTS = 5

/** The longest that an item may live if nobody deletes it with its campaign. */
export const LEDGER_SECONDS = 180 * 24 * 3600
