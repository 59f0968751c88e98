import type { Browser, Page } from 'playwright-core'
import { startBrowser } from '../e2e/browser.ts'
import type { People } from '../kit/people.ts'
import { signIn } from '../screenshots/take.ts'
import { hugeSubscription } from '../screenshots/world.ts'
import { median } from './measure.ts'

/** What a browser measured of a page, in ms; `shifted` is its cumulative layout shift. */
export interface Felt {
  /** When the largest thing on the page stood there. */
  largest: number
  shifted: number
  /** The longest task that kept the page from answering, and all of them together. */
  longestTask: number
  longTasks: number
}

/** How the page does in a real browser, medians of some runs. */
export interface PageFigures {
  first: Felt
  /** A table of many licences, read to its end. */
  table: Felt
  /** The same while it is scrolled through, from there on. */
  scrolled: Felt
  /** Rows of it that are on the page at the end. */
  rows: number
}

// Text, because it runs in the page: this project's code has no types of a browser.
const watch = `
  window.felt = { largest: 0, shifted: 0, longestTask: 0, longTasks: 0 }
  const see = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true })
  see('largest-contentful-paint', ({ startTime }) => { felt.largest = startTime })
  see('layout-shift', ({ value, hadRecentInput }) => { if (!hadRecentInput) felt.shifted += value })
  see('longtask', ({ duration }) => {
    felt.longestTask = Math.max(felt.longestTask, duration)
    felt.longTasks += duration
  })`

const felt = (page: Page): Promise<Felt> => page.evaluate('felt') as Promise<Felt>

const middle = (all: Felt[]): Felt => {
  const of = (name: keyof Felt) => median(all.map((one) => one[name]))
  return { largest: of('largest'), shifted: of('shifted'), longestTask: of('longestTask'), longTasks: of('longTasks') }
}

/** Opens the first page, and a table of so many licences, each so often with an empty cache, in a real browser. */
export async function benchPage(people: People, licences: number, runs: number): Promise<PageFigures> {
  const [browser, huge] = await Promise.all([startBrowser(), hugeSubscription(people, licences)])
  const first: Felt[] = []
  const table: Felt[] = []
  const through: Felt[] = []
  let rows = 0
  for (let run = 0; run < runs; run += 1) {
    first.push(await onFirst(browser, people))
    const seen = await onTable(browser, people, huge, licences)
    table.push(seen.read)
    through.push(seen.scrolled)
    rows = seen.rows
  }
  await browser.close()
  return { first: middle(first), table: middle(table), scrolled: middle(through), rows }
}

async function onFirst(browser: Browser, { system }: People): Promise<Felt> {
  const context = await browser.newContext()
  await context.addInitScript(watch)
  const page = await context.newPage()
  await page.goto(`${system.origin}/`)
  await page.waitForLoadState('networkidle')
  const measured = await felt(page)
  await context.close()
  return measured
}

async function onTable(browser: Browser, { system }: People, id: string, licences: number) {
  const context = await browser.newContext()
  await signIn(context, system.origin, 'rita')
  await context.addInitScript(watch)
  const page = await context.newPage()
  await page.goto(`${system.origin}/subscriptions/${id}`)
  // The heading is a row as well.
  await page.locator(`table[aria-rowcount="${licences + 1}"]`).waitFor({ timeout: 60_000 })
  await page.waitForLoadState('networkidle')
  const read = await felt(page)
  await page.evaluate('Object.assign(felt, { shifted: 0, longestTask: 0, longTasks: 0 })')
  await page.locator('tbody').hover()
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 4_000)
    await page.waitForTimeout(16)
  }
  await page.waitForTimeout(300)
  const rows = await page.locator('tbody tr[data-index]').count()
  const scrolled = await felt(page)
  await context.close()
  return { read, scrolled, rows }
}
