import { useState } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { subscriptionPath } from '../../../data/subscriptions.ts'
import { useChange } from '../use-change.ts'
import { changesOf, type DetailName, type Details, type Draft, withoutSaved } from './draft.ts'
import { type Wrong, wrongBy, wrongIn } from './wrong.ts'

const shownAhead = ({ name, ...rest }: Partial<Details>): Partial<Subscription> => ({
  ...rest,
  ...(name !== undefined && { name }),
})

/** The texts as they are typed, and saving them: shown at once, and as before again when they are refused. */
export function useDetails(subscription: Subscription) {
  const { id } = subscription
  const [draft, setDraft] = useState<Draft>({})
  const [wrongHere, setWrongHere] = useState<Wrong>({})
  const change = useChange<Partial<Details>>(id, `${subscriptionPath(id)}/details`, shownAhead)
  const changes = changesOf(draft, subscription)
  const type = (name: DetailName, text: string) => {
    setDraft((before) => ({ ...before, [name]: text }))
    setWrongHere({})
    if (!change.isPending) change.reset()
  }
  /** @param onWrong told which of them are wrong, if any */
  const save = (onWrong: (wrong: Wrong) => void) => {
    const found = wrongIn(changes)
    setWrongHere(found)
    if (Object.keys(found).length > 0) return onWrong(found)
    if (Object.keys(changes).length === 0 || change.isPending) return
    change.mutate(changes, {
      onSuccess: () => setDraft((typed) => withoutSaved(typed, changes)),
      onError: (error) => onWrong(wrongBy(error)),
    })
  }
  const wrong = { ...wrongBy(change.error), ...wrongHere }
  return { draft, type, save, wrong, change, hasChanges: Object.keys(changes).length > 0 }
}
