import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components'
import type { Subscription } from '../../data/answers.ts'
import { Problem } from '../../data/call.ts'
import { useLanguage } from '../../language/texts.tsx'
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
  const problem = error instanceof Problem ? error : new Problem('internal', 500)
  const advice = isLook || isAnswered(problem) ? adviceOn(problem, subscription) : unclear
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        {advice ? say(advice.key, advice.values) : wordsOf(say, problem)}{' '}
        {advice?.place && <To to={advice.place.to}>{say(advice.place.name)}</To>}
      </MessageBarBody>
      {!isAnswered(problem) && (
        <MessageBarActions>
          <Button onClick={again}>{say('try_again')}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  )
}
