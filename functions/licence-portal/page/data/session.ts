import { type QueryFunctionContext, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { AnswerOf } from './answers.ts'
import { call } from './call.ts'
import { type Kept, keptSession } from './sign-in.ts'

/** A session as the service tells it. */
export type Session = AnswerOf<'show_session'>

/** Who is signed in. */
export type Person = Extract<Session, { signedIn: true }>

const path = '/api/session'
const sessionKey = ['session']

/** Who is signed in on this device; `undefined` while that is being asked. `isOver`: they were, until the session ended. */
export function useSession() {
  const { data, error } = useQuery({ queryKey: sessionKey, queryFn: readSession })
  return { session: data, isOver: data?.isOver === true, error }
}

async function readSession({ client, signal }: QueryFunctionContext): Promise<Kept<Session>> {
  const now = await call<Session>(path, { signal })
  return keptSession(client.getQueryData<Kept<Session>>(sessionKey), now)
}

/** The page where signing in begins, and comes back to `here`, a path of this page. */
export const signInAddress = (here: string, isFresh = false): string =>
  `/sign-in?${new URLSearchParams({ returnTo: here, ...(isFresh && { fresh: 'yes' }) })}`

/** Signs out, on this device or everywhere, and forgets all that this page has read. */
export function useSignOut() {
  const client = useQueryClient()
  return useCallback(
    async (everywhere: boolean) => {
      await call(`${path}/sign-out`, { method: 'POST', body: { everywhere } })
      client.clear()
      sessionStorage.clear()
      location.assign('/')
    },
    [client],
  )
}
