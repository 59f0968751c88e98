import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../../../functions/licence-portal/page/data/answers.ts'
import { leadsOut } from '../../../../functions/licence-portal/page/data/leads-out.ts'
import { askAgainMs, becameOf, intentIn } from '../../../../functions/licence-portal/page/pages/purchase/became.ts'
import { purchaseWebhooks } from '../../../../shared/http/contracts/purchase-webhooks.ts'
import { intentId } from '../../../../shared/purchasing/intent.ts'

const bought = { licensing: true, state: 'active' } as Subscription
const unpaid = { licensing: false, state: 'payment_pending' } as Subscription
const paused = { licensing: false, state: 'paused' } as Subscription
const arrived = (subscription: Subscription | null) => ({ state: 'arrived' as const, subscription })
const confirming = { state: 'confirming' as const, subscription: null }

describe('what became of a purchase', () => {
  it.each([
    ['open', { state: 'open' as const, subscription: null }],
    ['expired', { state: 'expired' as const, subscription: null }],
    ['confirming', confirming],
    ['ready', arrived(bought)],
    ['unpaid', arrived(unpaid)],
    ['over', arrived(paused)],
    ['handed_on', arrived(null)],
  ] as const)('is told as %s', (became, seen) => {
    expect(becameOf(seen)).toBe(became)
  })

  it('is asked every two seconds while it is being confirmed, and before the first answer', () => {
    expect(askAgainMs(confirming, null)).toBe(2000)
    expect(askAgainMs(undefined, null)).toBe(2000)
  })

  it('is asked more seldom while money takes days, and while nobody answers', () => {
    expect(askAgainMs(arrived(unpaid), null)).toBe(10_000)
    expect(askAgainMs(confirming, { status: 0 })).toBe(10_000)
    expect(askAgainMs(confirming, { status: 503 })).toBe(10_000)
    expect(askAgainMs(undefined, { status: 429 })).toBe(10_000)
  })

  it('is asked no more when it will not change by itself', () => {
    const ended = [arrived(bought), arrived(paused), arrived(null), { state: 'open' as const, subscription: null }]
    expect(ended.map((seen) => askAgainMs(seen, null))).toEqual([false, false, false, false])
    expect(askAgainMs(undefined, { status: 404 })).toBe(false)
    expect(askAgainMs(confirming, { status: 401 })).toBe(false)
  })
})

describe('the intent that a fragment names', () => {
  it('is one that the service takes', () => {
    const id = intentId('-AbC_123')
    expect([intentIn(`#${id}`), intentIn(id)]).toEqual([id, id])
    expect(purchaseWebhooks.show_intent.params.parse({ intentId: id })).toEqual({ intentId: id })
  })

  it.each(['', '#', '#main', '#intent_', '#intent_a/b', '#intent_a b', `#intent_${'x'.repeat(101)}`, '##intent_a'])(
    'is none in %j',
    (fragment) => {
      expect(intentIn(fragment)).toBeUndefined()
    },
  )
})

describe('an address that a service gave', () => {
  it.each([
    'https://checkout.stripe.com/c/pay/cs_1#x',
    'http://localhost:7071/pay/cs_1',
    'http://127.0.0.1:7071/pay/cs_1',
  ])('is gone to: %s', (address) => {
    expect(leadsOut(address)).toBe(true)
  })

  it.each([
    'http://checkout.stripe.com/pay',
    'http://localhost.evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://user@checkout.stripe.com/',
    'https://user:word@checkout.stripe.com/',
    '//checkout.stripe.com/',
    '/purchase',
    '',
  ])('is not gone to: %s', (address) => {
    expect(leadsOut(address)).toBe(false)
  })
})
