import { useMemo } from 'react'
import type { Subscription } from '../../data/answers.ts'
import { useLanguage } from '../../language/texts.tsx'
import type { Attention } from './attention.ts'
import type { Standing } from './shown-state.ts'

/** What people read about a subscription, in their language. */
export function useWords() {
  const { say, day, language } = useLanguage()
  return useMemo(() => {
    const when = (at: string | null) => ({ day: at === null ? '' : day(at) })
    const and = new Intl.ListFormat(language)
    return {
      standing: ({ state, at }: Standing) => say(`standing.${state}`, when(at)),
      attention: (attention: Attention, { overQuantity, endsAt }: Subscription) =>
        say(`attention.${attention}`, { count: overQuantity, ...when(endsAt) }),
      advice: (attention: Exclude<Attention, 'none_free'>) => say(`advice.${attention}`),
      role: ({ role }: Subscription) => say(role === null ? 'role.none' : `role.${role}`),
      rights: ({ may }: Subscription) =>
        say('rights', {
          rights: and.format(may.filter((right) => right !== 'see').map((right) => say(`right.${right}`))),
        }),
    }
  }, [say, day, language])
}
