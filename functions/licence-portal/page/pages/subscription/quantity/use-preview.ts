import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { call } from '../../../data/call.ts'
import { purchasesPath, subscriptionKey } from '../../../data/subscriptions.ts'
import { useSettled } from '../../purchase/use-settled.ts'
import type { Preview } from './cost.ts'

const QUIET_MS = 400

/** What a quantity would cost or bring, asked once it is no longer being typed; `undefined`: there is nothing to ask. */
export function usePreview(id: string, wanted: number | undefined) {
  const quantity = useSettled(wanted, QUIET_MS)
  const { data, error, refetch } = useQuery({
    queryKey: [...subscriptionKey(id), 'preview', quantity],
    queryFn: ({ signal }) => call<Preview>(`${purchasesPath(id)}/quantity?quantity=${quantity}`, { signal }),
    enabled: quantity !== undefined,
    placeholderData: keepPreviousData,
    // It tells of time that runs out.
    staleTime: 60_000,
  })
  // A cost is shown with the quantity that it is of, and with no other.
  const preview = wanted !== undefined && data?.quantity === wanted ? data : undefined
  return { preview, error: quantity === wanted ? error : null, again: () => void refetch() }
}
