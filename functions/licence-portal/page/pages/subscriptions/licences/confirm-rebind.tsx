import { Text } from '@fluentui/react-components'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Confirm, type Opened } from './confirm.tsx'
import { SomeAddresses } from './some-addresses.tsx'

interface Asking extends Opened {
  seats: readonly Seat[]
  onAct: () => void
}

/** Explains what assigning anew does, and asks. */
export function ConfirmRebind({ seats, onAct, ...opened }: Asking) {
  const { say } = useLanguage()
  const inUse = seats.filter(({ state }) => state === 'bound')
  const count = inUse.length
  return (
    <Confirm
      title={say('rebind.title', { count })}
      act={say('rebind.act')}
      isDisabled={count === 0}
      onAct={onAct}
      {...opened}
    >
      <Text>{say('rebind.text')}</Text>
      <Text>{say('rebind.when')}</Text>
      {count < seats.length && <Text>{say('rebind.unused', { count: seats.length - count })}</Text>}
      <SomeAddresses addresses={inUse.map(({ typed }) => typed)} />
    </Confirm>
  )
}
