import type { Campaign } from './campaign.ts'
import type { Content } from './content.ts'
import type { Ledger, RowState } from './ledger.ts'
import type { Sending } from './sending.ts'

/** One row of a report. */
export interface ReportLine {
  position: number
  row: number
  to: string
  state: RowState | 'cancelled'
  at: string | null
  why: string | null
}

/** Rows of one part of a report. */
const PART = 5_000
const PAGE = 500

/** A part of a report: rows after a position, in order; `next` is where the next part begins, null at the end. */
export async function reportLines(
  { content, sending }: { content: Content; sending: Sending },
  campaign: Campaign,
  after: number,
): Promise<{ lines: ReportLine[]; next: number | null }> {
  const last = Math.min(campaign.total, after + PART)
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
    lines.push({ position, row: number, to, state, at: ledger?.at ?? null, why: ledger?.why ?? null })
  }
  return { lines, next: last < campaign.total ? last : null }
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

async function rowOf(content: Content, campaign: Campaign, position: number) {
  // This process may remember what is deleted.
  const row = campaign.isEmptied ? undefined : await content.row(campaign, position)
  return row && { row: row.row, to: row.to.address }
}

const stateOf = ({ state }: Campaign, row: RowState): ReportLine['state'] =>
  state === 'cancelled' && row === 'pending' ? 'cancelled' : row

const columns = ['row', 'to', 'state', 'at', 'why'] as const

/** The same as CSV, for a spreadsheet: nothing in it can become a formula. */
export function asCsv(lines: ReportLine[], withHeading: boolean): string {
  const rows = lines.map((line) => columns.map((name) => cell(line[name])).join(','))
  return [...(withHeading ? [columns.join(',')] : []), ...rows].map((text) => `${text}\r\n`).join('')
}

function cell(value: string | number | null): string {
  const text = String(value ?? '')
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
