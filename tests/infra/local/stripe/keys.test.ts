import Stripe from 'stripe'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { clientOf, hour, type Seller, startSeller } from './seller.ts'

let seller: Seller
beforeEach(async () => {
  seller = await startSeller()
})
afterEach(() => seller.close())

/** Whether somebody who has this secret believes what is posted now. */
function isBelieved(secret: string): boolean {
  const { payload, header } = seller.stripe.events.signed('{"object":"event"}')
  const at = seller.atSecond()
  try {
    return Stripe.webhooks.constructEvent(payload, header, secret, 300, undefined, at).object === 'event'
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}

it('two keys open at a time, until the old one is deleted', async () => {
  const { key, keys } = seller.stripe
  const opens = (one: string) =>
    clientOf(seller.stripe, one)
      .prices.list()
      .then(
        () => true,
        ({ statusCode }) => statusCode,
      )
  const next = keys.make()
  expect([await opens(key), await opens(next)]).toEqual([true, true])
  keys.deleteOld()
  expect([await opens(key), await opens(next)]).toEqual([401, true])
})

it('a secret that is rolled signs beside the new one until its end', () => {
  const { webhookSecret: old, keys } = seller.stripe
  const next = keys.roll(hour)
  expect([isBelieved(old), isBelieved(next)]).toEqual([true, true])
  seller.passes(hour)
  expect([isBelieved(old), isBelieved(next)]).toEqual([false, true])
  const last = keys.roll(0)
  expect([isBelieved(next), isBelieved(last)]).toEqual([false, true])
})
