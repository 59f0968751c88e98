import { useMutation } from '@tanstack/react-query'
import type { AnswerOf } from '../../../data/answers.ts'
import { call, Problem } from '../../../data/call.ts'
import { useComingBack } from '../../../data/coming-back.ts'
import { leadsOut } from '../../../data/leads-out.ts'
import { purchasesPath } from '../../../data/subscriptions.ts'

/** Goes to a page of the payment provider: for the payment method, or for all billing details. */
export function useBilling(id: string) {
  const billing = useMutation({
    mutationFn: async (what: 'payment_method' | 'billing') => {
      const path = `${purchasesPath(id)}/billing`
      const { url } = await call<AnswerOf<'open_billing'>>(path, { method: 'POST', body: { what } })
      if (!leadsOut(url)) throw new Problem('internal', 500)
      location.assign(url)
    },
  })
  useComingBack(billing.reset)
  return billing
}
