import { describe, expect, it } from 'vitest'
import { begunFor, begunIn } from '../../../../functions/licence-portal/page/pages/purchase/begun.ts'
import {
  addressOf,
  type Order,
  orderFrom,
  quantityOf,
  type Wish,
  wishOf,
  wrongBy,
} from '../../../../functions/licence-portal/page/pages/purchase/order.ts'
import { tiers } from '../../../../functions/licence-portal/page/pages/purchase/tiers.ts'
import { purchaseWebhooks } from '../../../../shared/http/contracts/purchase-webhooks.ts'
import { isReturnPath } from '../../../../shared/http/page-paths.ts'
import { wrongInput } from '../../../../shared/http/read-request.ts'
import { costOf } from '../../../../shared/purchasing/prices.ts'

const anOrder = (more: Partial<Order> = {}): Order => ({
  ...{ quantity: '12', interval: 'yearly', name: 'Contoso', reference: '' },
  ...more,
})
const aWish = (more: Partial<Wish> = {}): Wish => ({
  ...{ quantity: 12, interval: 'yearly', name: 'Contoso', reference: null },
  ...more,
})
const searchOf = (address: string) => new URL(address, 'https://licences.example').search

describe('an order on the page', () => {
  it('begins with one licence, paid yearly, for nobody yet', () => {
    expect(orderFrom('', null)).toEqual({ quantity: '1', interval: 'yearly', name: '', reference: '' })
  })

  it('takes what the address says before what the tab has kept', () => {
    const kept = JSON.stringify(anOrder({ reference: 'PO 7' }))
    expect(orderFrom('?quantity=25&interval=monthly', kept)).toEqual(
      anOrder({ quantity: '25', interval: 'monthly', reference: 'PO 7' }),
    )
  })

  it.each(['', 'null', '[]', '{', '{"quantity":3}', '"text"', '{"__proto__":{"name":"x"}}'])(
    'begins anew where the tab has kept %j',
    (kept) => {
      expect(orderFrom('?lang=fr', kept)).toEqual({ quantity: '1', interval: 'yearly', name: '', reference: '' })
    },
  )

  it('is paid yearly where the address names another interval', () => {
    expect(orderFrom('?interval=daily', null).interval).toBe('yearly')
  })
})

describe('the address that brings an order over a sign-in', () => {
  it.each([
    anOrder({ reference: 'PO 7' }),
    anOrder({ interval: 'monthly' }),
    anOrder({ name: `Müller & Söhne: "100 %" * ~ (a+b) 株式会社` }),
    anOrder({ quantity: 'a dozen', name: '' }),
  ])('brings back all of $name', (order) => {
    expect(orderFrom(searchOf(addressOf(order)), null)).toEqual(order)
  })

  it.each([
    anOrder(),
    anOrder({ name: `!'()*~:"%&=+#?/\\<>` }),
    anOrder({ name: '株'.repeat(100) }),
    anOrder({ name: 'x'.repeat(100), reference: '*'.repeat(100) }),
    anOrder({ quantity: '9'.repeat(400), name: '', reference: '株'.repeat(100) }),
  ])('is one that a sign-in may come back to: $name', (order) => {
    expect(isReturnPath(addressOf(order))).toBe(true)
  })

  it('leaves out what is too long for it, the reference first', () => {
    const back = orderFrom(searchOf(addressOf(anOrder({ reference: '株'.repeat(100) }))), null)
    expect(back).toEqual(anOrder())
    const longer = anOrder({ name: '株'.repeat(100), reference: 'PO 7' })
    expect(orderFrom(searchOf(addressOf(longer)), null)).toEqual(anOrder({ name: '' }))
  })
})

describe('what is asked for', () => {
  it('is what the service takes', () => {
    const wish = wishOf(anOrder({ quantity: ' 12 ', name: ' Contoso ', reference: ' ' }))
    expect(wish).toEqual(aWish())
    expect(purchaseWebhooks.open_checkout.body.parse(wish)).toEqual(wish)
  })

  it.each(['', '0', '-1', '1.5', '1e2', '5001', 'twelve', '９'])('has no quantity of %j', (typed) => {
    expect(quantityOf(typed)).toBeUndefined()
  })

  it.each([
    ['1', 1],
    ['5000', 5000],
    ['007', 7],
  ])('has the quantity of %j', (typed, quantity) => {
    expect(quantityOf(typed)).toBe(quantity)
  })

  it('names every part that is wrong, in the order of the page', () => {
    expect(wishOf(anOrder({ quantity: '0', name: ' ', reference: 'x'.repeat(101) }))).toEqual([
      'quantity',
      'name',
      'reference',
    ])
    expect(wishOf(anOrder({ name: 'x'.repeat(101) }))).toEqual(['name'])
  })

  it('names the parts that the service finds wrong', () => {
    const refusal = wrongInput([{ at: 'body.name', fault: 'not_plain_text' }])
    expect(wrongBy(refusal.details)).toEqual(['name'])
    expect(wrongBy(wrongInput([{ at: 'Idempotency-Key', fault: 'x' }]).details)).toEqual([])
    expect(wrongBy({})).toEqual([])
  })
})

describe('a purchase that was begun', () => {
  const newKey = () => 'new'
  const kept = JSON.stringify({ wish: aWish(), key: 'old', intent: 'intent_1' })

  it('is gone on with for the same wish', () => {
    expect(begunFor(aWish(), kept, newKey)).toEqual({ wish: aWish(), key: 'old', intent: 'intent_1' })
  })

  it.each([{ quantity: 13 }, { interval: 'monthly' as const }, { name: 'Contoso 2' }, { reference: 'PO 7' }])(
    'is another one for %j',
    (more) => {
      expect(begunFor(aWish(more), kept, newKey)).toEqual({ wish: aWish(more), key: 'new', intent: null })
    },
  )

  it.each([null, '', '{', 'null', '{"key":1}', '{"key":"old"}', '{"key":"old","wish":null}'])(
    'is a new one where the tab has kept %j',
    (nothing) => {
      expect(begunIn(nothing)).toBeUndefined()
      expect(begunFor(aWish(), nothing, newKey).key).toBe('new')
    },
  )
})

it('the list of prices says from how many on a licence costs less, and what the service asks', () => {
  const [first, second, ...others] = tiers()
  expect(others).toEqual([])
  expect([first?.from, first?.to, second?.from, second?.to]).toEqual([1, 9, 10, null])
  for (const { from, to, monthly, yearly } of tiers()) {
    for (const quantity of [from, to ?? 5000]) {
      expect([costOf('monthly', quantity).unitAmount, costOf('yearly', quantity).unitAmount]).toEqual([monthly, yearly])
    }
  }
  expect(second?.monthly).toBeLessThan(first?.monthly ?? 0)
})
