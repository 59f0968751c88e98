import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import type { Item } from '../../infra/local/cosmos/item.ts'
import { linesOf } from '../../infra/local/cosmos/journal.ts'
import { LATER, type Mark } from './later.ts'

/** One write of an item. */
export interface Written {
  container: string
  item: Item
  /** What was there; undefined for one that is new. */
  before: Item | undefined
}

interface Line {
  put?: Item[]
  drop?: [key: string, id: string][]
}

/** Everything that was ever written to a store, in order; without an item, that one was deleted. */
function* changesOf(data: string): Generator<{ container: string; key: string; item?: Item }> {
  const folder = join(data, 'cosmos', 'databases', names.database)
  for (const file of readdirSync(folder)) {
    const container = decodeURIComponent(file.replace(/\.jsonl$/, ''))
    const { partitionKey } = names.containers[container as keyof typeof names.containers]
    for (const { put = [], drop = [] } of linesOf(join(folder, file)) as Line[]) {
      for (const item of put) yield { container, key: `${container} ${item[partitionKey.slice(1)]} ${item.id}`, item }
      for (const [partition, id] of drop) yield { container, key: `${container} ${partition} ${id}` }
    }
  }
}

/** Each write of a store, and what it replaced. `data` is the folder of a system. */
export function* everythingWritten(data: string): Generator<Written> {
  const known = new Map<string, Item>()
  for (const { container, key, item } of changesOf(data)) {
    if (item) yield { container, item, before: known.get(key) }
    if (item) known.set(key, item)
    else known.delete(key)
  }
}

/** The items of a container as they are. */
export function itemsOf(data: string, container: string): Item[] {
  const last = new Map<string, Item>()
  for (const { key, item, ...of } of changesOf(data)) {
    if (of.container !== container) continue
    if (item) last.set(key, item)
    else last.delete(key)
  }
  return [...last.values()]
}

/** What a new life does not take along: a seat that is given anew, a grant in the place of another, a hint. */
function beginsAnew({ container, item, before }: Written): boolean {
  if (container === 'directory') return true
  if (item.kind === 'seat') return item.assignedAt !== before?.assignedAt
  if (item.kind === 'grant') return item.grantId !== before?.grantId
  return item.kind === 'parked'
}

/** Fields that say something for a while. */
const passing: Record<string, string[]> = { event: ['due', 'restsUntil'] }

/** What replacing items has come to. */
export interface Kept {
  /** Fields that were there and are gone, or are another's: what a version does not know it has to keep. */
  lost: string[]
  /** How often an item with a field of the later version was replaced by one that does not know it. */
  kept: number
}

/** Looks at every replace of a store. */
export function whatWasKept(data: string): Kept {
  const found: Kept = { lost: [], kept: 0 }
  for (const one of everythingWritten(data)) {
    const { container, item, before } = one
    if (!before || beginsAnew(one)) continue
    const passes = passing[String(item.kind)] ?? []
    const gone = Object.keys(before).filter((name) => !(name in item) && !passes.includes(name))
    const [was, is] = [before[LATER], item[LATER]] as (Mark | undefined)[]
    if (was && is && was.is !== is.is) gone.push(`${LATER} (begun anew)`)
    if (was && is && was.writes === is.writes) found.kept += 1
    for (const name of gone) found.lost.push(`${container}: ${item.kind} lost ${name}`)
  }
  return { ...found, lost: [...new Set(found.lost)] }
}
