import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import {
  type Intent,
  intentId,
  newIntent,
  pageIsOver,
  sameWish,
  stillOpen,
} from '@securemailmerge/shared/purchasing/intent'
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
      const wish = { ...body, language }
      const intent = await kept(
        services,
        newIntent(intentId(change.id), mode, caller.account, change.fingerprint, wish, now),
      )
      const { id, session } = stillOpen(intent, now)
      // Once it was opened it is only looked at: the seller takes no other words for it, and forgets the key in a day.
      const page = await (session === null
        ? checkout.open(orderOf(intent, caller.evidence[0] ?? null, origin))
        : checkout.session(session))
      if (page && session === null && !(await purchases.noteOnIntent(intent, { session: page.id }))) {
        const known = await purchases.intent(id)
        if (known?.session !== page.id)
          throw new Refusal('changed_meanwhile', 'This purchase is being opened elsewhere. Try again.')
      }
      if (!page?.url) throw pageIsOver()
      return { intent: id, url: page.url }
    },
  )

function orderOf({ id, quantity, interval, language, expiresAt }: Intent, address: string | null, origin: string) {
  const back = (path: string) => `${origin}/purchase/${path}`
  return {
    intent: id,
    quantity,
    interval,
    language,
    note: willBelongTo[language](address),
    // Ids of intents open nothing by themselves: the answer asks who is signed in.
    paid: back(`confirm?lang=${language}#${id}`),
    left: back(`?lang=${language}`),
    expiresAt: new Date(expiresAt),
  }
}

/** The intent as it is stored, the first time or from an earlier try. */
async function kept({ purchases }: Services, intent: Intent) {
  const isNew = await purchases.storeIntent(intent)
  const stored = await purchases.intent(intent.id)
  if (!stored) throw new Error('an intent is gone that was just stored')
  if (!isNew) sameWish(stored, intent.fingerprint)
  return stored
}

const willBelongTo = {
  en: (address: string | null) => `The subscription will belong to ${address ?? 'the account you are signed in with'}.`,
  fr: (address: string | null) => `L'abonnement appartiendra à ${address ?? 'ton compte connecté'}.`,
}
