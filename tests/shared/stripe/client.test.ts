import { asked, cannotWait, notPayableAtOnce } from '@securemailmerge/shared/stripe/client'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'

const { errors } = Stripe
const invalid = (message: string, param?: string) =>
  new errors.StripeInvalidRequestError({
    type: 'invalid_request_error',
    message,
    statusCode: 400,
    ...(param ? { param } : {}),
  } as never)
const idempotency = (statusCode: number) =>
  new errors.StripeIdempotencyError({ type: 'idempotency_error', message: 'Keys …', statusCode } as never)
const answered = (error: Error) =>
  asked(() => Promise.reject(error)).then(
    () => expect.fail('it was answered'),
    (thrown) => thrown,
  )

describe('an idempotency key', () => {
  it('that was used for something else is refused as such', async () => {
    const error = await answered(idempotency(400))
    expect(error).toMatchObject({ name: 'Refusal', code: 'idempotency_mismatch', cause: expect.any(Error) })
  })

  it('whose first call still runs is an outage: it is repeated', async () => {
    expect(await answered(idempotency(409))).toMatchObject({ name: 'Refusal', code: 'unavailable' })
  })
})

describe('what cannot wait for its money', () => {
  it.each([
    ['names the parameter', invalid('Not with this payment method.', 'payment_behavior')],
    ['names the value', invalid('You cannot use `pending_if_incomplete` here.')],
    ['says it in words', invalid('Pending updates are not supported for send_invoice.')],
  ])('the seller %s', (_, error) => {
    expect(cannotWait(error)).toBe(true)
    expect(notPayableAtOnce(error)).toMatchObject({ code: 'payment_failed', cause: error })
  })

  it.each([
    ['another parameter', invalid('Invalid integer: x', 'items[0][quantity]')],
    ['another error', new errors.StripeCardError({ type: 'card_error', message: 'pending update' } as never)],
    ['a fault', new Error('pending update')],
  ])('%s says nothing of it', (_, error) => {
    expect(cannotWait(error)).toBe(false)
  })

  it('is told without a word of the seller’s', () => {
    const refusal = notPayableAtOnce(invalid('of the seller'))
    expect(refusal.message).not.toContain('of the seller')
  })
})
