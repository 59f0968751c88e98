import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enoughFor, fixedPart, growingPart, type Load, limitsAt, optionalPart } from './cost-model.ts'
import counted from './counted.json' with { type: 'json' }
import list from './prices.json' with { type: 'json' }

// What a month costs. Prints the tables of docs/cost.md; with --write puts them there.
const page = join(import.meta.dirname, '..', '..', 'docs', 'cost.md')

const SIZES = [100, 1_000, 10_000]
const MAILS = 1_000_000
const MANY = 10_000_000

/** A table as the docs have it: each column as wide as its widest cell. */
function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

/** Whole dollars; what is less than half of one is next to nothing. */
const dollars = (amount: number): string => (amount < 0.5 ? '0' : Math.round(amount).toLocaleString('en'))
const number = (value: number): string => Number(value.toPrecision(2)).toLocaleString('en')
const sum = (part: Record<string, number>): number => Object.values(part).reduce((total, one) => total + one, 0)

/** What a month costs, fixed part first: with so many subscriptions, and what a million mails add. */
function costs(): string {
  const fixed = fixedPart()
  const loads: Load[] = [
    ...SIZES.map((subscriptions) => ({ subscriptions, mails: 0 })),
    { subscriptions: 0, mails: MAILS },
  ]
  const growing = loads.map(growingPart)
  const same = (amount: number) => [...SIZES.map(() => dollars(amount)), '']
  const head = [
    'USD a month',
    ...SIZES.map((size) => `${size.toLocaleString('en')} subscriptions`),
    '+ 1 million mails',
  ]
  return table([
    head,
    ...Object.entries(fixed).map(([what, amount]) => [what, ...same(amount)]),
    ['**fixed part**', ...same(sum(fixed))],
    ...Object.keys(growing[0] ?? {}).map((what) => [what, ...growing.map((part) => dollars(part[what] ?? 0))]),
    ['**grows with use**', ...growing.map((part) => dollars(sum(part)))],
    ['**together**', ...growing.map((part, at) => dollars(sum(part) + (at < SIZES.length ? sum(fixed) : 0)))],
  ])
}

/** The same as a picture: bars for all of it, a line for the fixed part. */
function chart(): string {
  const fixed = sum(fixedPart())
  const last = SIZES.at(-1) ?? 0
  const loads = [...SIZES.map((subscriptions) => ({ subscriptions, mails: 0 })), { subscriptions: last, mails: MAILS }]
  const all = loads.map((load) => Math.round(fixed + sum(growingPart(load))))
  const names = loads.map(
    ({ subscriptions, mails }) => `"${subscriptions.toLocaleString('en')}${mails ? ', mails' : ''}"`,
  )
  return [
    '```mermaid',
    'xychart-beta',
    '  title "USD a month, by subscriptions; the line is the fixed part"',
    `  x-axis [${names.join(', ')}]`,
    `  y-axis "USD" 0 --> ${Math.ceil(Math.max(...all) / 200) * 200}`,
    `  bar [${all.join(', ')}]`,
    `  line [${all.map(() => Math.round(fixed)).join(', ')}]`,
    '```',
  ].join('\n')
}

const options = (): string =>
  table([
    ['option', 'USD a month more', 'for'],
    ...Object.entries(optionalPart()).map(([what, { usd, why }]) => [what, dollars(usd), why]),
  ])

/** What everybody together asks for in the busiest hour, and how many holders that would be enough for. */
function limits(): string {
  const rows = limitsAt(MANY)
    .map((one) => ({ ...one, holders: enoughFor(one.of) }))
    .sort((a, b) => a.holders - b.holders)
    .map(({ of, unit, most, asked, holders }) => [
      ...[of, `${number(most)} ${unit}`, number(asked)],
      holders >= 1e9 ? 'more' : holders.toLocaleString('en'),
    ])
  return table([['limit', 'at most', `asked by ${number(MANY)} holders`, 'enough for holders'], ...rows])
}

/** What so many would cost, if nothing were changed for them. */
function many(): string {
  const { holdersPerSubscription, mailsPerHolder } = counted.assumed
  const load = { subscriptions: MANY / holdersPerSubscription.value, mails: MANY * mailsPerHolder.value }
  return table([
    [`${number(MANY)} holders`, 'USD a month'],
    ...Object.entries(growingPart(load)).map(([what, amount]) => [what, number(amount)]),
  ])
}

const counts = (): string =>
  table([
    ['one', 'operations on items', 'request units'],
    ...Object.entries(counted.operations).map(([deed, containers]) => {
      const parts = Object.entries(containers as Record<string, Record<string, number>>).flatMap(([container, kinds]) =>
        Object.entries(kinds).map(([kind, count]) => ({ text: `${count} × ${kind} in \`${container}\``, kind, count })),
      )
      const units = parts.reduce((all, { kind, count }) => all + counted.requestUnits[kind as 'read'] * count, 0)
      return [words[deed] ?? deed, parts.map(({ text }) => text).join(', '), number(units)]
    }),
  ])

const words: Record<string, string> = {
  licensedLookUp: 'look-up of somebody licensed',
  freeLookUp: 'look-up of a free user',
  seatUse: 'first look-up of a day noted',
  renewal: 'renewal, all its events',
  mail: 'mail',
}

const units = (): string =>
  table([
    ['operation', 'request units'],
    ...Object.entries(counted.requestUnits).map(([operation, count]) => [`\`${operation}\``, String(count)]),
  ])

const assumptions = (): string =>
  table([
    ['assumed', 'is', 'because'],
    ...Object.entries(counted.assumed).map(([name, { value, why }]) => [
      `\`${name}\``,
      value.toLocaleString('en'),
      why,
    ]),
  ])

const prices = (): string =>
  table([
    ['price', 'USD', 'for a', 'page'],
    ...Object.entries(list.prices).map(([name, one]) => [`\`${name}\``, String(one.usd), one.per, one.page]),
  ])

/** The tables of docs/cost.md, by the name that stands in their comment. */
export const tables: Record<string, () => string> = {
  ...{ costs, chart, options, limits, many },
  ...{ counts, units, assumptions, prices },
}

/** The page with each table made anew. */
export function withTables(text: string): string {
  return text.replaceAll(/(<!-- table (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin: string, name: string, end) => {
    const made = tables[name]
    if (!made) throw new Error(`There is no table ${name}.`)
    return `${begin}\n${made()}\n\n${end}`
  })
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--write')) writeFileSync(page, withTables(readFileSync(page, 'utf8')))
  else for (const [name, make] of Object.entries(tables)) console.log(`${name}\n\n${make()}\n`)
}
