import type { Addressee } from './mail.ts'

/** One row of the list of a campaign, as it was stored: immutable. */
export interface Row {
  /** Its number in the list, from 1. */
  row: number
  to: Addressee
  cc: Addressee[]
  bcc: Addressee[]
  /** Values by column name, as texts. */
  fields: Record<string, string>
}
