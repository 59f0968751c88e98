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
  if (session && shouldAsk(intent, now)) return askSeller(services, intent, session, now)
  return { state: now >= new Date(expiresAt) ? 'expired' : session ? 'confirming' : 'open', subscriptionId: null }
}

/** The seller knows of its page before any event comes, or when none ever does: then somebody is to look. */
async function askSeller(services: Services, intent: Stored<Intent>, session: string, now: Date): Promise<Became> {
  const { subscriptions, purchases, checkout, mode } = services
  const mayWrite = await purchases.noteOnIntent(intent, { askedAt: now.toISOString() })
  const page = await checkout.session(session)
  if (page?.status !== 'complete' || !page.subscription)
    return { state: page?.status === 'expired' ? 'expired' : 'open', subscriptionId: null }
  const subscriptionId = purchasedId(mode, page.subscription)
  const known = await subscriptions.read(subscriptionId)
  // It has arrived, and only the note on the intent was lost.
  if (sameAccount(known?.owner, intent.account)) return { state: 'arrived', subscriptionId }
  if (mayWrite) await purchases.ask(ownEvent(aboutOf(mode, page.subscription), 'return', now.toISOString(), now))
  return { state: 'confirming', subscriptionId: null }
}
