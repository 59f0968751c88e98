import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { licenses, PAST_DUE_MS, RENEWAL_GRACE_MS } from '@securemailmerge/shared/licensing/entitlement'
import type { SubscriptionState } from '@securemailmerge/shared/licensing/subscription'
import prices from '@securemailmerge/shared/purchasing/prices.json' with { type: 'json' }
import { API_VERSION } from '@securemailmerge/shared/stripe/client'
import { eventTypes } from '@securemailmerge/shared/stripe/events'
import { moneyTable } from '@securemailmerge/shared/stripe/money'
import { TOLERANCE_SECONDS } from '@securemailmerge/shared/stripe/signature'
import { describe, expect, it } from 'vitest'
import { Command } from '../functions/purchase-webhooks/command.ts'
import { aSubscription, day, hour, noon } from './builders.ts'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/purchases.md'), 'utf8')
/** The page as a reader sees it, each paragraph on one line. */
const text = page.replaceAll(/\s+/g, ' ')

/** The rows of the table whose first column has this title, without back-ticks. */
function rowsOf(title: string): string[][] {
  const lines = page.split('\n')
  const from = lines.findIndex((line) => new RegExp(`^\\| ${title} +\\|`).test(line)) + 2
  expect(from, title).toBeGreaterThan(2)
  const to = lines.findIndex((line, index) => index >= from && !line.startsWith('|'))
  const cells = (line: string) => line.split('|').slice(1, -1)
  return lines.slice(from, to).map((line) => cells(line).map((cell) => cell.trim().replaceAll('`', '')))
}

describe('docs/purchases.md', () => {
  it('shows the table of money, row by row', () => {
    expect(rowsOf('status at Stripe')).toEqual(
      moneyTable.map(({ status, invoice, state, why }) => [status, invoice, state, why]),
    )
  })

  it('shows what each state of ours licenses', () => {
    const rows = rowsOf('our state') as [SubscriptionState, string][]
    expect(rows.map(([state]) => state).sort()).toEqual([...new Set(moneyTable.map(({ state }) => state))].sort())
    for (const [state, words] of rows) {
      const renewing = aSubscription({ source: 'purchased', state, term: 'renewing', pastDueSince: noon.toISOString() })
      expect(/^(no\b|not yet)/.test(words), state).toBe(!licenses(renewing, noon))
    }
    const said = Object.fromEntries(rows)
    expect(said.active).toContain(`${RENEWAL_GRACE_MS / hour} hours`)
    expect(said.past_due).toContain(`${PAST_DUE_MS / day} days`)
  })

  it('shows every event type, what it is about, and no other', () => {
    expect(rowsOf('event type')).toEqual(Object.entries(eventTypes))
  })

  it('names the version of the API that the webhook end point must have: that of the package', () => {
    const [, named] = /\*\*Webhook end point\*\*:[^*]*API version `([^`]+)`/.exec(page) ?? []
    expect(named).toBe(API_VERSION)
    // And no page, template or setting names another.
    const places = globSync(['*.md', 'docs/**/*.md', 'infra/**/*.{md,bicep,json,ts}', 'local.settings.sample.json'], {
      cwd: root,
    })
    for (const place of places.filter((path) => !path.includes('node_modules'))) {
      const others = readFileSync(join(root, place), 'utf8').match(/\b20\d\d-\d\d-\d\d\.[a-z]{4,}\b/g) ?? []
      expect(
        others.filter((one) => one !== API_VERSION),
        place,
      ).toEqual([])
    }
  })

  it('shows what is sold, and what it costs', () => {
    const money = (amount: number) => `${(amount / 100).toFixed(2)} ${prices.currency.toUpperCase()}`
    const sold = Object.values(prices.prices).map(({ lookupKey, interval, tiers }) => [
      lookupKey,
      interval,
      ...tiers.map(({ unitAmount }) => money(unitAmount)),
    ])
    expect(rowsOf('lookup key at Stripe')).toEqual(sold)
    for (const { tiers } of Object.values(prices.prices)) {
      const below = tiers[0]?.upTo
      expect(page).toMatch(
        new RegExp(`\\| lookup key at Stripe .*\\| each, 1 to ${below} .*\\| each, from ${Number(below) + 1} `),
      )
    }
    expect(text).toContain(`**Product** \`${prices.product}\``)
  })

  it('asks for a right to everything that our code calls at the seller', () => {
    const adapters = globSync('shared/stripe/*.ts', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'))
    const calls = adapters.flatMap((source) => [
      ...source.matchAll(
        /\bstripe\s*\.\s*((?:checkout|billingPortal)\.\w+|[a-z]\w+)\s*\.\s*(?:create|retrieve|list|update|cancel)\w*\(/g,
      ),
    ])
    const called = [...new Set(calls.map(([, resource]) => resource))]
    expect(called.length).toBeGreaterThan(5)
    const allowed = rowsOf('right').flatMap(([, , resources = '']) => resources.split(' ').filter(Boolean))
    expect(allowed.sort()).toEqual(called.sort())
  })

  it('says how long goodwill can last, and how far a signature may be from now', () => {
    const days = Number(/`extend`\]\([^)]*\), which licenses for up to (\d+) days/.exec(text)?.[1])
    const extend = { command: 'extend', subscriptionId: `sub_${'a'.repeat(22)}`, why: 'test' }
    expect(Command.safeParse({ ...extend, days }).success).toBe(true)
    expect(Command.safeParse({ ...extend, days: days + 1 }).success).toBe(false)
    expect(text).toContain(`${TOLERANCE_SECONDS} seconds from ours`)
  })

  it('is no longer than somebody reads', () => {
    expect(page.split('\n').length).toBeLessThanOrEqual(180)
  })
})
