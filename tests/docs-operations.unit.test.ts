import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import * as sending from '../functions/merge-send-queue/command.ts'
import * as purchases from '../functions/purchase-webhooks/command.ts'
import * as seats from '../functions/seat-assignment/command.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = ['docs/operations.md', ...globSync('docs/operations/*.md', { cwd: root })]
const modules = globSync('infra/modules/*.bicep', { cwd: root }).map((path) => read(path))

type Named = { command: string; switch?: string }
const queues: Record<string, { Command: z.ZodType<Named>; help: Record<string, unknown> }> = {
  'seat-assignment-commands': seats,
  'purchase-webhooks-commands': purchases,
  'merge-send-queue-commands': sending,
}

/** Commands as a page shows them, each with the queue that was named last before it. */
function commandsOf(page: string): { text: string; queue: string; at: number }[] {
  const text = read(page)
  const blocks = [...text.matchAll(/```json\n([^`]+)```/g)]
  const inline = [...text.matchAll(/`(\{ ?"command"[^`]+\})`/g)]
  return [...blocks, ...inline]
    .filter(([, json = '']) => json.includes('"command"'))
    .map(({ 1: json = '', index }) => ({ text: json, at: index, queue: lastQueue(text, index) }))
}

/** The only one of its line or else of its paragraph, where it may stand behind the command; else the last one before. */
function lastQueue(text: string, at: number): string {
  const named = (part: string) => [...part.matchAll(/\b([\w-]+-commands)\b/g)].map(([, name]) => name)
  const around = (mark: string) => named(text.slice(text.lastIndexOf(mark, at), text.indexOf(mark, at)))
  const [only] = [around('\n'), around('\n\n')].filter(({ length }) => length === 1)
  return only?.[0] ?? named(text.slice(0, at)).at(-1) ?? 'no queue is named before it'
}

/** What stands in for an id that the operator knows. */
const filledIn = (json: string) =>
  json
    .replaceAll('<guid>', '00000000-0000-4000-8000-000000000001')
    .replaceAll(/<(\d+) characters>/g, (_, length) => 'A'.repeat(Number(length)))
    .replaceAll("<Stripe's>", '1QAbcdEfgh')

const headingsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'))

describe('commands in the runbook', () => {
  it.each(pages)('%s: each is understood by the queue that is named with it', (page) => {
    for (const { text, queue, at } of commandsOf(page)) {
      const line = read(page).slice(0, at).split('\n').length
      const said = queues[queue]?.Command.safeParse(JSON.parse(filledIn(text)))
      expect(said?.error?.issues ?? said, `${page}:${line} ${text} on ${queue}`).toMatchObject({ success: true })
    }
  })

  it('are all there, with the switches of each service', () => {
    const shown = pages.flatMap(commandsOf)
    for (const [queue, { help, Command }] of Object.entries(queues)) {
      const page = read('docs/operations/commands.md').split(`\n## On ${queue}\n`)[1]?.split('\n## ')[0] ?? ''
      for (const command of Object.keys(help)) expect(page, queue).toMatch(new RegExp(`^\\| \`${command}\` +\\|`, 'm'))
      for (const name of ['sending', 'purchases', 'read_only', 'automatic_assignment']) {
        const isTaken = Command.safeParse({ command: 'stop', switch: name, why: 'test' }).success
        const isShown = shown.some((one) => one.queue === queue && one.text.includes(`"${name}"`))
        expect(isShown || !isTaken, `${queue} ${name}`).toBe(true)
      }
    }
  })
})

describe('alerts in the runbook', () => {
  const anchors = [
    ...modules.flatMap((text) => [...text.matchAll(/docs\/operations\.md#([a-z-]+)/g)].map(([, anchor]) => anchor)),
    ...modules.flatMap((text) => [...text.matchAll(/\$\{page\}([a-z-]+)/g)].map(([, anchor]) => anchor)),
    ...modules.flatMap((text) =>
      [...text.matchAll(/^ {4}name: '([a-z-]+)'\n {4}(?:says|event):/gm)].map(([, name]) => name),
    ),
    ...modules.flatMap((text) => [...text.matchAll(/told\([^$]*?'([a-z-]+)'\n? *\)/g)].map(([, name]) => name)),
    ...modules.flatMap((text) => [...text.matchAll(/Paragraph: ([a-z-]+)/g)].map(([, name]) => name)),
  ] as string[]

  it('have a heading each on the first page', () => {
    expect(anchors.length).toBeGreaterThan(15)
    expect(anchors.filter((anchor) => !headingsOf('docs/operations.md').includes(anchor))).toEqual([])
  })

  it('have a page each: what people notice, a first look, what to do', () => {
    const page = read('docs/operations/alerts.md')
    const names = [...read('docs/operations.md').matchAll(/\]\(operations\/alerts\.md#([a-z-]+)\)/g)].map(
      ([, name]) => name,
    )
    expect(new Set(names).size).toBeGreaterThan(15)
    for (const name of new Set(names)) {
      const section = page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0]
      const parts = [...(section ?? '').matchAll(/^_(What people notice|First look|What to do)\._/gm)].map(
        ([, part]) => part,
      )
      expect(parts, name).toEqual(['What people notice', 'First look', 'What to do'])
    }
  })
})

describe('queries in the runbook', () => {
  it('ask the logs only for lines and fields that there are', () => {
    const log = read('shared/log.ts')
    const events = [...log.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, event]) => event)
    const fields = ['event', ...[...log.matchAll(/^ {2}(\w+)\?: /gm)].map(([, field]) => field)]
    const queries = pages.flatMap((page) =>
      [...read(page).matchAll(/```kusto\n([^`]+)```/g)].map(([, query = '']) => query),
    )
    expect(queries.length).toBeGreaterThan(12)
    for (const query of queries) {
      for (const [, field] of query.matchAll(/\bline\.(\w+)/g)) expect(fields, query).toContain(field)
      for (const [, name] of query.matchAll(/["']([a-z]+(?:_[a-z]+)+)["']/g)) expect(events, query).toContain(name)
    }
  })
})

describe('saved queries that the runbook names', () => {
  it('are there', () => {
    const views = modules.find((text) => text.includes('Microsoft.OperationalInsights/queryPacks@')) ?? ''
    const titles = [...views.matchAll(/title: '([^']+)'/g)].map(([, title]) => title)
    const named = pages.flatMap((page) => [...read(page).matchAll(/"(Wh[^"?]+\?)"/g)].map(([, title]) => title))
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter((title) => !titles.includes(title))).toEqual([])
  })
})

describe('the pages', () => {
  it.each(pages)('%s is no longer than somebody reads', (page) => {
    expect(read(page).split('\n').length).toBeLessThanOrEqual(page === 'docs/operations.md' ? 480 : 400)
  })

  it('tell how each secret is rotated that the vault has', () => {
    const kept = [...read('infra/modules/key-vault.bicep').matchAll(/^ {2}name: '([a-z-]+)'$/gm)].map(
      ([, name]) => name,
    )
    expect(kept.length).toBeGreaterThan(3)
    const table = read('docs/operations/secrets.md')
    for (const name of kept) expect(table).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, 'm'))
  })
})

describe('docs/real-things.md', () => {
  const rows = read('docs/real-things.md')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (what|-)/.test(line))

  it('says of each line when it was done, or that it never was', () => {
    expect(rows.length).toBeGreaterThan(40)
    for (const row of rows) {
      const last = row.split('|').at(-2)?.trim() ?? ''
      if (last === 'never') continue
      expect(last, row).toMatch(/^\d{4}-\d\d-\d\d$/)
      expect(Date.parse(last), row).toBeLessThanOrEqual(Date.now())
    }
  })
})
