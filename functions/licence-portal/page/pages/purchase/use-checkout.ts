import { useMutation } from '@tanstack/react-query'
import type { AnswerOf } from '../../data/answers.ts'
import { call, Problem } from '../../data/call.ts'
import { useComingBack } from '../../data/coming-back.ts'
import { leadsOut } from '../../data/leads-out.ts'
import { begunFor, begunIn } from './begun.ts'
import type { Wish } from './order.ts'

const KEPT = 'purchase-begun'

/** The purchase that was begun in this tab, if any. */
export const begunHere = () => begunIn(sessionStorage.getItem(KEPT))

/** Forgets the purchase of this tab: the next one is another. */
export const forgetBegun = (): void => sessionStorage.removeItem(KEPT)

/** Asks for the page where a wish is paid, and goes there. The same wish once more leads to the same page. */
export function useCheckout() {
  const checkout = useMutation({
    mutationFn: async (wish: Wish) => {
      const begun = begunFor(wish, sessionStorage.getItem(KEPT), () => crypto.randomUUID())
      sessionStorage.setItem(KEPT, JSON.stringify(begun))
      const { intent, url } = await call<AnswerOf<'open_checkout'>>('/api/purchases/checkout', {
        ...{ method: 'POST', body: wish, key: begun.key },
      })
      if (!leadsOut(url)) throw new Problem('internal', 500)
      sessionStorage.setItem(KEPT, JSON.stringify({ ...begun, intent }))
      location.assign(url)
    },
  })
  useComingBack(checkout.reset)
  return checkout
}
