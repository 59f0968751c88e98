import { useEffect, useState } from 'react'
import { intentIn } from './became.ts'

const KEPT = 'intent'

/** Which purchase this page is about: its fragment says so, and this tab remembers it, because a sign-in loses it. */
export function useIntent(): string | undefined {
  const [intent] = useState(() => intentIn(location.hash) ?? intentIn(sessionStorage.getItem(KEPT) ?? ''))
  useEffect(() => {
    if (!intent) return
    sessionStorage.setItem(KEPT, intent)
    if (location.hash !== `#${intent}`) history.replaceState(history.state, '', `${location.search}#${intent}`)
  }, [intent])
  return intent
}
