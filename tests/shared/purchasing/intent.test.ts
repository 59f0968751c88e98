import { applied } from '@securemailmerge/shared/purchasing/apply'
import {
  binds,
  type Intent,
  intentId,
  newIntent,
  type PageSeen,
  sameWish,
  shouldAsk,
  stillOpen,
  type Wish,
} from '@securemailmerge/shared/purchasing/intent'
import { read } from '@securemailmerge/shared/stripe/read'
import { Session } from '@securemailmerge/shared/stripe/shapes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAccount, hour, later, noon, owner, refusalOf, second } from '../../builders.ts'
import { aSession, aStripeSubscription, seen } from '../../stripe-objects.ts'

const wish: Wish = { name: 'Contoso', reference: 'PO 7', quantity: 3, interval: 'yearly', language: 'fr' }

/** An intent whose page was opened. */
const anIntent = (some: Partial<Intent> = {}): Intent => ({
  ...newIntent('intent_1', 'test', owner, 'f', wish, noon),
  session: 'cs_test_1',
  ...some,
})

/** What a page of the seller says, as far as anything of it counts. */
function pageOf(session: object): PageSeen {
  const { id, livemode, subscription, metadata } = read(Session, JSON.parse(JSON.stringify(session)))
  return { id, mode: livemode ? 'live' : 'test', subscription: subscription ?? null, intent: metadata?.intent ?? null }
}

describe('a new intent', () => {
  it('keeps who meant to buy what, and opens nothing yet', () => {
    expect(newIntent('intent_1', 'test', owner, 'f', wish, noon)).toEqual({
      id: 'intent_1',
      kind: 'intent',
      about: 'intent_1',
      mode: 'test',
      account: owner,
      fingerprint: 'f',
      ...wish,
      at: noon.toISOString(),
      expiresAt: later(23 * hour).toISOString(),
      session: null,
      subscriptionId: null,
      askedAt: null,
      ttl: 90 * 24 * 3600,
    })
  })

  it('has an id that its change finds again, and that a purchase may carry', () => {
    const id = intentId('c'.repeat(43))
    expect(id).toBe(`intent_${'c'.repeat(43)}`)
    expect(intentId('0b1d2f3a-0000-4000-8000-000000000001')).toMatch(/^intent_[\w-]{1,100}$/)
  })

  it('is met again by the same wish, and is not altered by another under the same key', () => {
    expect(sameWish(anIntent(), 'f')).toEqual(anIntent())
    expect(refusalOf(() => sameWish(anIntent(), 'g')).code).toBe('idempotency_mismatch')
  })

  it.each([
    ['was opened', 'cs_test_1', 23 * hour],
    // The seller opens none for less than half an hour.
    ['is still to be opened', null, 23 * hour - 31 * 60 * second],
  ])('whose page %s leads to it strictly until its end', (_, session, ms) => {
    const intent = anIntent({ session })
    expect(stillOpen(intent, later(ms - 1))).toBe(intent)
    for (const late of [ms, ms + 1, 100 * hour])
      expect(refusalOf(() => stillOpen(intent, later(late))).code).toBe('idempotency_mismatch')
  })
})

describe('F12 whom a purchase belongs to', () => {
  const bought = { metadata: { intent: 'intent_1' } }
  const isHis = (intent: Intent, session: object, mode: 'live' | 'test' = 'test', subscription = 'sub_1') =>
    binds(intent, pageOf(session), mode, subscription)

  it('whoever meant to buy it, when the page that was opened for him made this very subscription', () => {
    expect(isHis(anIntent(), aSession(bought))).toBe(true)
    const full = { ...aSession(bought), subscription: { id: 'sub_1', object: 'subscription' } }
    expect(isHis(anIntent(), full)).toBe(true)
    const live = { ...aSession({ ...bought, id: 'cs_live_1' }), livemode: true }
    expect(isHis(anIntent({ mode: 'live', session: 'cs_live_1' }), live, 'live')).toBe(true)
  })

  it.each<[string, Intent, object, ('live' | 'test')?, string?]>([
    ['a page that nobody opened for him', anIntent({ session: 'cs_test_2' }), aSession(bought)],
    ['an intent whose page was never opened', anIntent({ session: null }), aSession(bought)],
    ['a page that was opened for another intent', anIntent(), aSession({ metadata: { intent: 'intent_2' } })],
    ['a page that says nothing of an intent', anIntent(), aSession({ metadata: {} })],
    ['a page without metadata', anIntent(), aSession({ metadata: null })],
    ['what a buyer put into a link', anIntent(), aSession({ metadata: {}, client_reference_id: 'intent_1' })],
    [
      'a Payment Link that names the intent',
      anIntent(),
      aSession({ ...bought, id: 'cs_test_9', payment_link: 'plink_1' }),
    ],
    ['a page that made another subscription', anIntent(), aSession({ ...bought, subscription: 'sub_2' })],
    ['a subscription that names the page of another', anIntent(), aSession(bought), 'test', 'sub_2'],
    ['a page that has made nothing yet', anIntent(), aSession({ ...bought, status: 'open', subscription: null })],
    ['play money for real money', anIntent({ mode: 'live' }), aSession(bought), 'live'],
    ['a page of play money for real money', anIntent({ mode: 'live' }), aSession(bought), 'live'],
    ['real money on a system of play money', anIntent(), { ...aSession(bought), livemode: true }],
    ['an intent of play money on a system of real money', anIntent(), { ...aSession(bought), livemode: true }, 'live'],
  ])('nobody: %s', (_, intent, session, mode, subscription) => {
    expect(isHis(intent, session, mode, subscription)).toBe(false)
  })

  it('an intent that was used binds no second subscription', () => {
    const used = anIntent({ subscriptionId: 'sub_of_ours' })
    // Its page made one subscription; another that copies its metadata is not that one.
    expect(isHis(used, aSession(bought), 'test', 'sub_2')).toBe(false)
    // The one that it was used for is still its own, when the same event comes again.
    expect(isHis(used, aSession(bought), 'test', 'sub_1')).toBe(true)
  })

  it('only when all five agree', () => {
    const modes = fc.constantFrom('live' as const, 'test' as const)
    const pages = fc.constantFrom('cs_test_1', 'cs_test_2', null)
    const ids = fc.constantFrom('intent_1', 'intent_2')
    const subscriptions = fc.constantFrom('sub_1', 'sub_2')
    const page = fc.record({
      id: fc.constantFrom('cs_test_1', 'cs_test_2'),
      mode: modes,
      subscription: fc.option(subscriptions),
      intent: fc.option(ids),
    })
    fc.assert(
      fc.property(
        fc.record({ id: ids, mode: modes, session: pages }),
        page,
        modes,
        subscriptions,
        (some, told, mode, bought) => {
          const said = [some.mode, told.mode, told.id, told.intent, told.subscription].join()
          expect(binds(anIntent(some), told, mode, bought)).toBe(
            said === [mode, mode, some.session, some.id, bought].join(),
          )
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('C12 nothing that a buyer can write makes anybody the owner', () => {
  it.each([
    ['a tenant and an account', { tenantId: owner.tenantId, objectId: owner.objectId }],
    ['an address', { owner: 'owner@contoso.example' }],
    ['an intent that is nobody’s', { intent: 'intent_of_nobody' }],
    ['something that would be an id of ours', { intent: 'intent_1', account: 'mallory' }],
  ])('(e) %s in the metadata, without an intent that binds', (_, metadata) => {
    const purchase = seen(aStripeSubscription({ metadata }))
    expect(applied(undefined, purchase, null, noon).subscription.owner).toBeNull()
    // And it takes nothing from who has it.
    const his = { ...applied(undefined, purchase, null, noon).subscription, owner: anAccount(2) }
    expect(applied(his, purchase, anIntent(), noon).subscription.owner).toEqual(anAccount(2))
  })
})

describe('when the seller is asked about its page', () => {
  it.each<[string, Partial<Intent>, boolean]>([
    ['it was opened and nothing has come', {}, true],
    ['it was never opened', { session: null }, false],
    ['the purchase has come', { subscriptionId: 'sub_of_ours' }, false],
    ['it was asked ten seconds ago', { askedAt: later(-10 * second).toISOString() }, true],
    ['it was asked less than ten seconds ago', { askedAt: later(-10 * second + 1).toISOString() }, false],
    ['it was asked by a clock ahead of ours', { askedAt: later(second).toISOString() }, false],
  ])('%s', (_, some, asks) => {
    expect(shouldAsk(anIntent(some), noon)).toBe(asks)
  })
})
