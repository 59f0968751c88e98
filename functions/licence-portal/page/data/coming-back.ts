import { useEffect } from 'react'

/** Does something when the person comes back by the button of the browser, to this page as it was left: on its way. */
export function useComingBack(then: () => void): void {
  useEffect(() => {
    const back = ({ persisted }: PageTransitionEvent) => {
      if (persisted) then()
    }
    addEventListener('pageshow', back)
    return () => removeEventListener('pageshow', back)
  }, [then])
}
