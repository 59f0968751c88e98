import { Text } from '@fluentui/react-components'
import type { Seat, Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Confirm, type Opened } from './confirm.tsx'
import { SomeAddresses } from './some-addresses.tsx'
import { canUndo } from './sure.ts'

interface Asking extends Opened {
  seats: readonly Seat[]
  subscription: Subscription
  onAct: () => void
}

/** Asks before licences are withdrawn. */
export function ConfirmWithdraw({ seats, subscription, onAct, ...opened }: Asking) {
  const { say } = useLanguage()
  const count = seats.length
  return (
    <Confirm title={say('withdraw.title', { count })} act={say('withdraw.act')} onAct={onAct} {...opened}>
      <Text>{say('withdraw.text')}</Text>
      {!canUndo(subscription) && <Text>{say('withdraw.for_good')}</Text>}
      <SomeAddresses addresses={seats.map(({ typed }) => typed)} />
    </Confirm>
  )
}
