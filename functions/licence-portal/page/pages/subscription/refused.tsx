import type { Subscription } from '../../data/answers.ts'
import { asProblem } from '../../data/problem.ts'
import { useLanguage } from '../../language/texts.tsx'
import { RefusalBar } from '../../look/refusal-bar.tsx'
import { To } from '../../look/to.tsx'
import { wordsOf } from '../../look/words-of-problem.ts'
import { adviceOn, unclear } from './advice.ts'
import { isAnswered } from './intention.ts'

interface Told {
  error: unknown
  subscription: Subscription
  /** Does the same once more. */
  again: () => void
  /** Whether nothing was to be changed: then it is no question whether it was. */
  isLook?: boolean
}

/** Says why something about what is paid for was refused, and what to do about it. */
export function Refused({ error, subscription, again, isLook = false }: Told) {
  const { say } = useLanguage()
  const problem = asProblem(error)
  const advice = isLook || isAnswered(problem) ? adviceOn(problem, subscription) : unclear
  return (
    <RefusalBar again={isAnswered(problem) ? undefined : again}>
      {advice ? say(advice.key, advice.values) : wordsOf(say, problem)}{' '}
      {advice?.place && <To to={advice.place.to}>{say(advice.place.name)}</To>}
    </RefusalBar>
  )
}
