import { MessageBar, MessageBarBody } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'

/** What came of asking for a quantity: it is there, or it is still to be paid. */
export function Outcome({ asked, now }: { asked: number; now: number }) {
  const { say } = useLanguage()
  return (
    <MessageBar intent={asked === now ? 'success' : 'info'} layout="multiline" role="status">
      <MessageBarBody>{say(asked === now ? 'quantity.done' : 'quantity.asked', { count: now })}</MessageBarBody>
    </MessageBar>
  )
}
