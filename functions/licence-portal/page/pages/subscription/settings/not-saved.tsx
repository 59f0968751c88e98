import { MessageBarTitle } from '@fluentui/react-components'
import { asProblem } from '../../../data/problem.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { RefusalBar } from '../../../look/refusal-bar.tsx'
import { wordsOf } from '../../../look/words-of-problem.ts'
import { isAnswered } from '../intention.ts'
import type { Wrong } from './wrong.ts'

/** That nothing was saved, why, and that what was typed is still there. */
export function NotSaved({ error, wrong, again }: { error: unknown; wrong: Wrong; again: () => void }) {
  const { say } = useLanguage()
  const problem = asProblem(error)
  const isSaidBeside = Object.keys(wrong).length > 0
  return (
    <RefusalBar again={isAnswered(problem) ? undefined : again}>
      <MessageBarTitle>{say('settings.not_saved')}</MessageBarTitle>{' '}
      {isSaidBeside ? say('settings.look_above') : wordsOf(say, problem)} {say('settings.still_here')}
    </RefusalBar>
  )
}
