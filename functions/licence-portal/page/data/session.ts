import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { call } from './call.ts'

/** Who is signed in. */
export interface Person {
  name: string
  address: string | null
}

/** A session as the service tells it. */
export type Session = { signedIn: true; name: string; address: string | null } | { signedIn: false }

const path = '/api/session'

/** Who is signed in on this device; `undefined` while that is being asked. */
export function useSession() {
  const { data, error } = useQuery({ queryKey: ['session'], queryFn: ({ signal }) => call<Session>(path, { signal }) })
  return { session: data, error }
}

/** Where signing in begins, and comes back to `here`, a path of this page. */
export const signInAddress = (here: string, isFresh = false): string =>
  `${path}/sign-in?${new URLSearchParams({ returnTo: here, ...(isFresh && { fresh: 'yes' }) })}`

/** Signs out, on this device or everywhere, and forgets all that this page has read. */
export function useSignOut() {
  const client = useQueryClient()
  return useCallback(
    async (everywhere: boolean) => {
      await call(`${path}/sign-out`, { method: 'POST', body: { everywhere } })
      client.clear()
      location.assign('/')
    },
    [client],
  )
}
