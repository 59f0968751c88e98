import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Subscription } from '../../data/answers.ts'
import { call } from '../../data/call.ts'
import { readAnew, subscriptionKey } from '../../data/subscriptions.ts'
import { type Intention, intentionFor, isAnswered } from './intention.ts'

/**
 * A change by one of the routes that answer with the subscription as it is then. The answer is shown wherever the
 * subscription is; refused, it is read anew, for somebody else may have changed it.
 * @param path of the route, with `/` at its beginning
 * @param ahead what is shown of it already before the answer; gone again when it is refused
 */
export function useChange<Body extends object>(
  id: string,
  path: string,
  ahead?: (body: Body) => Partial<Subscription>,
) {
  const client = useQueryClient()
  const open = useRef<Intention | null>(null)
  const key = subscriptionKey(id)
  return useMutation({
    mutationFn: (body: Body) => {
      open.current = intentionFor(JSON.stringify(body), open.current, () => crypto.randomUUID())
      return call<Subscription>(path, { method: 'POST', body, key: open.current.key })
    },
    onMutate: async (body) => {
      if (!ahead) return undefined
      // What is on its way now was asked before, and would put the old words back.
      await client.cancelQueries({ queryKey: key, exact: true })
      const before = client.getQueryData<Subscription>(key)
      if (before) client.setQueryData(key, { ...before, ...ahead(body) })
      return before
    },
    onSuccess: (answer) => {
      open.current = null
      client.setQueryData(key, answer)
      void readAnew(client, id)
    },
    onError: (error, _, before) => {
      if (isAnswered(error)) open.current = null
      if (before) client.setQueryData(key, before)
      void readAnew(client, id)
    },
  })
}
