import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import { Problem } from '../../../data/call.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { wordsOf } from '../../../look/words-of-problem.ts'
import { isAnswered } from '../intention.ts'
import type { Wrong } from './wrong.ts'

/** That nothing was saved, why, and that what was typed is still there. */
export function NotSaved({ error, wrong, again }: { error: unknown; wrong: Wrong; again: () => void }) {
  const { say } = useLanguage()
  const problem = error instanceof Problem ? error : new Problem('internal', 500)
  const isSaidBeside = Object.keys(wrong).length > 0
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>{say('settings.not_saved')}</MessageBarTitle>{' '}
        {isSaidBeside ? say('settings.look_above') : wordsOf(say, problem)} {say('settings.still_here')}
      </MessageBarBody>
      {!isAnswered(problem) && (
        <MessageBarActions>
          <Button onClick={again}>{say('try_again')}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  )
}
