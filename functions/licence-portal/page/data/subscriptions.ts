import { type QueryClient, useQuery } from '@tanstack/react-query'
import { useAllPages } from './all-pages.ts'
import type { AnswerOf, Subscription } from './answers.ts'
import { call } from './call.ts'

const listKey = ['subscriptions']

/** Where the cache keeps one subscription. */
export const subscriptionKey = (id: string) => ['subscription', id] as const

/** Where the services keep one subscription. */
export const subscriptionPath = (id: string): string => `/api/subscriptions/${encodeURIComponent(id)}`

/** Where the service that sells has what belongs to one subscription. */
export const purchasesPath = (id: string): string => `/api/purchases/subscriptions/${encodeURIComponent(id)}`

/** All subscriptions that the signed-in person may manage. */
export const useSubscriptions = () =>
  useAllPages<AnswerOf<'list_subscriptions'>>(listKey, '/api/subscriptions?limit=200')

/** One subscription. */
export const useSubscription = (id: string) =>
  useQuery({
    queryKey: subscriptionKey(id),
    queryFn: ({ signal }) => call<Subscription>(subscriptionPath(id), { signal }),
  })

/** Reads a subscription anew after a change; lists that show it are read anew when they are seen next. */
export async function readAnew(client: QueryClient, id: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: subscriptionKey(id) }),
    client.invalidateQueries({ queryKey: listKey }),
  ])
}
