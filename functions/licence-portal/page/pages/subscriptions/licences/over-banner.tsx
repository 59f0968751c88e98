import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import type { Seat, Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { useWords } from '../words.ts'
import { SomeAddresses } from './some-addresses.tsx'

interface Shown {
  subscription: Subscription
  seats: readonly Seat[]
  /** Shows them alone in the table. */
  onShow: () => void
}

/** Whose licences lie beyond what is paid for: the very ones that the service marks, the newest first. */
export function OverBanner({ subscription, seats, onShow }: Shown) {
  const { say } = useLanguage()
  const words = useWords()
  const over = seats.filter(({ overQuantity }) => overQuantity)
  if (subscription.overQuantity === 0 || !subscription.licensing) return null
  return (
    <MessageBar intent="error" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{words.attention('over_quantity', subscription)}</MessageBarTitle>{' '}
        {words.advice('over_quantity')}
        <SomeAddresses addresses={over.map(({ typed }) => typed)} />
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={onShow}>{say('over.show')}</Button>
      </MessageBarActions>
    </MessageBar>
  )
}
