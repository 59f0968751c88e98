import { useEffect, useState } from 'react'
import { type Order, orderFrom } from './order.ts'

const KEPT = 'order'

/** The order on the page, which this tab keeps: over a sign-in, and over a visit at the payment. */
export function useOrder() {
  const [order, setOrder] = useState(() => orderFrom(location.search, sessionStorage.getItem(KEPT)))
  useEffect(() => {
    sessionStorage.setItem(KEPT, JSON.stringify(order))
    // What the address brought is on the page now; there it would be older than what is typed.
    if (location.search) history.replaceState(history.state, '', location.pathname)
  }, [order])
  return { order, change: (part: Partial<Order>) => setOrder((before) => ({ ...before, ...part })) }
}

/** Forgets the order: it has been bought. */
export const forgetOrder = (): void => sessionStorage.removeItem(KEPT)
