import type { Language } from '../licensing/answer.ts'
import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import { csvCell } from './csv-cell.ts'
import type { Ledger, RowState } from './ledger.ts'
import { type LeftOut, leftOutLines } from './left-out.ts'
import { lineReasonIn, reasonIn } from './reasons.ts'
import type { Sending } from './sending.ts'

/** One row of a report, or one line of the list that was left out. */
export interface ReportLine extends Pick<LeftOut, 'line' | 'row' | 'to' | 'about'> {
  /** Where it stands among the rows that can be sent; null when it is none of them. */
  position: number | null
  state: RowState | 'cancelled' | 'skipped'
  at: string | null
  why: string | null
}

/** Rows of one part of a report. */
const PART = 5_000
const PAGE = 500

/**
 * A part of a report: rows in order, behind them the lines that were left out, so many after the first `after`. `next`
 * is where the next part begins, null at the end.
 */
export async function reportLines(
  { content, sending }: { content: Content; sending: Sending },
  campaign: Campaign,
  after: number,
): Promise<{ lines: ReportLine[]; next: number | null }> {
  const last = Math.min(campaign.total, after + PART)
  const end = Math.min(campaign.total + campaign.skipped, after + PART)
  const lines: ReportLine[] = []
  const known = await knownRows(sending, campaign, after, last)
  for (let position = after + 1; position <= last; position += 1) {
    const ledger = known.get(position)
    // A row that a restore has put in doubt is known by its place alone.
    const row = ledger?.to ? ledger : ((await rowOf(content, campaign, position)) ?? ledger)
    // Content is gone some days before the counts are: what was never attempted has no line then.
    if (!row) continue
    const { to, row: number } = row
    const state = stateOf(campaign, ledger?.state ?? 'pending')
    const { at = null, why = null } = ledger ?? {}
    lines.push({ position, row: number, to, state, at, why, line: null, about: null })
  }
  lines.push(...(await skippedLines(content, campaign, Math.max(0, after - campaign.total), end - campaign.total)))
  return { lines, next: end < campaign.total + campaign.skipped ? end : null }
}

async function knownRows(sending: Sending, campaign: Campaign, after: number, last: number) {
  const known = new Map<number, Ledger>()
  for (let from = after; ; ) {
    const page = await sending.rows(campaign, from, PAGE)
    for (const ledger of page) known.set(ledger.position, ledger)
    from = page.at(-1)?.position ?? last
    if (page.length < PAGE || from >= last) return known
  }
}

/** From one of the lines that were left out to another; they are gone with the rest of the content. */
async function skippedLines(content: Content, campaign: Campaign, from: number, to: number): Promise<ReportLine[]> {
  if (campaign.isEmptied || to <= from) return []
  const found = await leftOutLines(content, campaign, from, to - from)
  return found.map((line) => ({ position: null, state: 'skipped', at: null, ...line }))
}

async function rowOf(content: Content, campaign: Campaign, position: number) {
  // This process may remember what is deleted.
  const row = campaign.isEmptied ? undefined : await content.row(campaign, position)
  return row && { row: row.row, to: row.to.address }
}

const stateOf = ({ state }: Campaign, row: RowState): ReportLine['state'] =>
  state === 'cancelled' && row === 'pending' ? 'cancelled' : row

/** Columns of a report as CSV: `reason` is `why` in words. */
export const csvColumns = ['row', 'to', 'state', 'at', 'why', 'reason', 'line', 'about'] as const

/** The same as CSV, for a spreadsheet, which wants another separator in French: nothing in it can become a formula. */
export function asCsv(lines: ReportLine[], language: Language, withHeading: boolean): string {
  const told = lines.map((line) => ({ ...line, reason: reasonOf(language, line) }))
  const separator = language === 'fr' ? ';' : ','
  const rows = told.map((line) => csvColumns.map((name) => csvCell(line[name])).join(separator))
  return [...(withHeading ? [csvColumns.join(separator)] : []), ...rows].map((text) => `${text}\r\n`).join('')
}

/** Of a line that is no row the same code may mean something else. */
const reasonOf = (language: Language, { line, why }: ReportLine): string =>
  line === null ? reasonIn(language, why) : lineReasonIn(language, why)
