import { type FocusEvent, useEffect, useRef } from 'react'

/** For a part of the page whose buttons come and go: when the one with the focus is gone, the part has it. */
export function useKeptFocus() {
  const ref = useRef<HTMLDivElement>(null)
  const isWithin = useRef(false)
  useEffect(() => {
    if (isWithin.current && document.activeElement === document.body) ref.current?.focus()
  })
  return {
    ref,
    tabIndex: -1,
    onFocus: () => {
      isWithin.current = true
    },
    onBlur: ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget) isWithin.current = false
    },
  }
}
