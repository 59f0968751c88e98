import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useLanguage } from '../language/texts.tsx'

/** That something did not work, in these words; with a way to do it once more, where that may help. */
export function RefusalBar({ children, again }: { children: ReactNode; again?: (() => void) | undefined }) {
  const { say } = useLanguage()
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>{children}</MessageBarBody>
      {again && (
        <MessageBarActions>
          <Button onClick={again}>{say('try_again')}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  )
}
