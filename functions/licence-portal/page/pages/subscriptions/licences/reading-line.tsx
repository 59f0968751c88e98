import { Text } from '@fluentui/react-components'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Failure } from '../../../look/failure.tsx'
import type { Seats } from './use-seats.ts'

interface Shown {
  read: Seats
  found: number
  selected: number
  subscription: Subscription
}

/** How many are found and selected, and how far reading has come. */
export function ReadingLine({ read, found, selected, subscription }: Shown) {
  const { say } = useLanguage()
  const { seats = [], isComplete, error, readOn } = read
  return (
    <>
      {error && <Failure error={error} again={readOn} />}
      <Text role="status">
        {say('seats.found', { count: found })}
        {selected > 0 && ` · ${say('seats.selected', { count: selected })}`}
        {isComplete || ` · ${say('seats.reading', { read: seats.length, all: subscription.assigned })}`}
      </Text>
    </>
  )
}
