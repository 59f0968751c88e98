import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { type Person, useSession } from './session.ts'
import { isDone, sameAccount } from './sign-in.ts'
import { signInGate } from './sign-in-gate.ts'
import { hearSignIns } from './sign-ins.ts'

const SignInAgain = lazy(() => import('../look/sign-in-again.tsx'))
const AnotherPerson = lazy(() => import('../look/another-person.tsx'))

/**
 * Keeps a page while its sign-in is made anew: what is typed stays, and the calls that were refused go on. When another
 * account signs in instead, nothing goes on, and nothing that was read stays.
 */
export function SignedInAgain({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const { session, isOver } = useSession()
  const person = session?.signedIn ? session : undefined
  const { first, isAnother } = useFirst(person)
  const wanted = useSyncExternalStore(signInGate.watch, signInGate.wanted)
  // Once there, the dialog stays: taken away while it is open it would leave the page behind it hidden from screen readers.
  const [wasWanted, setWasWanted] = useState(false)
  if (wanted && !wasWanted) setWasWanted(true)
  const before = useRef<Person>(undefined)
  useEffect(() => {
    if (isOver) void signInGate.ask('ended', true)
  }, [isOver])
  useEffect(() => {
    if (!isAnother) return
    signInGate.settle(false)
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
    sessionStorage.clear()
  }, [isAnother, client])
  useEffect(() => {
    before.current = wanted === null ? undefined : (before.current ?? person)
    if (wanted && before.current && person && !isOver && isDone(wanted, before.current, person)) signInGate.settle(true)
  }, [wanted, person, isOver])
  useLookingFor(wanted !== null, client)
  return (
    <>
      {isAnother && first && person ? (
        <Suspense>
          <AnotherPerson before={first} now={person} />
        </Suspense>
      ) : (
        children
      )}
      <Suspense>
        {wasWanted && <SignInAgain why={wanted} person={person} onLeave={() => signInGate.settle(false)} />}
      </Suspense>
    </>
  )
}

/** Who was signed in first on this page, and whether that is somebody else now. */
function useFirst(person: Person | undefined) {
  const [first, setFirst] = useState(person)
  useEffect(() => {
    if (!person) return
    setFirst((known) => known ?? person)
    signInGate.know()
  }, [person])
  return { first, isAnother: first !== undefined && person !== undefined && !sameAccount(first, person) }
}

/** While a sign-in is waited for: asks who is signed in whenever another window says so, or this one is looked at again. */
function useLookingFor(isWaiting: boolean, client: QueryClient): void {
  useEffect(() => {
    if (!isWaiting) return
    const look = () => void client.invalidateQueries({ queryKey: ['session'] })
    const stop = hearSignIns(look)
    look()
    addEventListener('focus', look)
    // Where one was comes back with the focus of the page.
    const at = document.activeElement
    return () => {
      stop()
      removeEventListener('focus', look)
      requestAnimationFrame(() => at instanceof HTMLElement && at.isConnected && at.focus())
    }
  }, [isWaiting, client])
}
