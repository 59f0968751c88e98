import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components'
import { Problem } from '../data/call.ts'
import { useLanguage } from '../language/texts.tsx'
import { wordsOf } from './words-of-problem.ts'

/** Says what did not work and, where asking again may help, offers that. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const { say } = useLanguage()
  const problem = error instanceof Problem ? error : new Problem('internal', 500)
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>{wordsOf(say, problem)}</MessageBarBody>
      {again && (
        <MessageBarActions>
          <Button onClick={again}>{say('try_again')}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  )
}
