import type { Stored } from '@securemailmerge/shared/azure/items'
import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { subscriptionView } from '@securemailmerge/shared/http/views'
import { sameAccount } from '@securemailmerge/shared/identity/account'
import { aboutOf, ownEvent, purchasedId } from '@securemailmerge/shared/purchasing/event'
import { type Intent, shouldAsk } from '@securemailmerge/shared/purchasing/intent'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

/** GET /api/purchases/intents/{intentId}: for the account that began it; to everybody else there is none (F12). */
export const showIntent = (services: Services) =>
  endpoint(services.frame, 'show_intent', purchaseWebhooks.show_intent, async ({ params, caller, now }) => {
    const intent = await services.purchases.intent(params.intentId)
    if (!intent || !sameAccount(intent.account, caller.account)) {
      throw new Refusal('not_found', 'There is no such purchase.')
    }
    const { id, name, quantity, interval } = intent
    const { state, subscriptionId } = await stateOf(services, intent, now)
    const subscription = subscriptionId === null ? undefined : await services.subscriptions.read(subscriptionId)
    const shown =
      subscription && sameAccount(subscription.owner, caller.account)
        ? subscriptionView(subscription, caller.account, now)
        : null
    return { id, state, name, quantity, interval, subscription: shown }
  })

interface Became {
  state: 'open' | 'confirming' | 'arrived' | 'expired'
  subscriptionId: string | null
}

async function stateOf(services: Services, intent: Stored<Intent>, now: Date): Promise<Became> {
  const { subscriptionId, session, expiresAt } = intent
  if (subscriptionId) return { state: 'arrived', subscriptionId }
  // No page was given out, so none can be paid. Of one that was only the seller knows what became of it.
  if (!session) return { state: now < new Date(expiresAt) ? 'open' : 'expired', subscriptionId: null }
  return shouldAsk(intent, now) ? askSeller(services, intent, session, now) : confirming
}

const confirming: Became = { state: 'confirming', subscriptionId: null }

/** The seller knows of its page before any event comes, or when none ever does: then somebody is to look. */
async function askSeller(services: Services, intent: Stored<Intent>, session: string, now: Date): Promise<Became> {
  const { subscriptions, purchases, checkout, mode } = services
  const page = await checkout.session(session)
  if (!page || page.status === 'expired') return { state: 'expired', subscriptionId: null }
  if (page.status !== 'complete' || !page.subscription) return { state: 'open', subscriptionId: null }
  const subscriptionId = purchasedId(mode, page.subscription)
  const known = await subscriptions.read(subscriptionId)
  // It has arrived, and only the note on the intent was lost.
  if (sameAccount(known?.owner, intent.account)) return { state: 'arrived', subscriptionId }
  // Noted for this word of the seller alone: until it is asked again, that is what it said last.
  if (await purchases.noteOnIntent(intent, { askedAt: now.toISOString() }))
    await purchases.ask(ownEvent(aboutOf(mode, page.subscription), 'return', now.toISOString(), now))
  return confirming
}
