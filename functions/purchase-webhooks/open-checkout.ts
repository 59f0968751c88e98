import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { type Intent, intentId, newIntent, sameWish } from '@securemailmerge/shared/purchasing/intent'
import { Refusal } from '@securemailmerge/shared/refusal'
import { purchasesAllowed } from './purchases-allowed.ts'
import type { Services } from './wiring.ts'

/** POST /api/purchases/checkout: the intent first, then the seller's page for it, whose address is given out last (F12). */
export const openCheckout = (services: Services) =>
  endpoint(
    services.frame,
    'open_checkout',
    purchaseWebhooks.open_checkout,
    async ({ body, caller, change, language, now }) => {
      const { purchases, checkout, mode, origin } = services
      await purchasesAllowed(services)
      const id = intentId(change.id)
      const intent = await kept(services, newIntent(id, mode, caller.account, change.fingerprint, body, now))
      const { quantity, interval, expiresAt } = intent
      const back = (path: string) => `${origin}/purchase/${path}`
      const page = await checkout.open({
        intent: id,
        quantity,
        interval,
        language,
        note: willBelongTo[language](caller.evidence[0] ?? null),
        // Ids of intents open nothing by themselves: the answer asks who is signed in.
        paid: back(`confirm#${id}`),
        left: back(''),
        expiresAt: new Date(expiresAt),
      })
      if (intent.session === null && !(await purchases.noteOnIntent(intent, { session: page.id }))) {
        const known = await purchases.intent(id)
        if (known?.session !== page.id)
          throw new Refusal('changed_meanwhile', 'This purchase is being opened elsewhere. Try again.')
      }
      if (!page.url)
        throw new Refusal('idempotency_mismatch', 'This purchase was finished or has expired. Begin a new one.')
      return { intent: id, url: page.url }
    },
  )

/** The intent as it is stored, the first time or from an earlier try. */
async function kept({ purchases }: Services, intent: Intent) {
  const isNew = await purchases.storeIntent(intent)
  const stored = await purchases.intent(intent.id)
  if (!stored) throw new Error('an intent is gone that was just stored')
  if (!isNew) sameWish(stored, intent.fingerprint)
  return stored
}

const willBelongTo = {
  en: (address: string | null) => `The licences will belong to ${address ?? 'the account you are signed in with'}.`,
  fr: (address: string | null) => `Les licences appartiendront à ${address ?? 'ton compte connecté'}.`,
}
