import { Text } from '@fluentui/react-components'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Panel } from '../../../look/panel.tsx'
import { To } from '../../../look/to.tsx'
import { barOf } from '../advice.ts'
import { Ending } from './ending.tsx'
import { QuantityForm } from './quantity-form.tsx'
import { UnderWay } from './under-way.tsx'

/** How many licences are paid for, and whether they go on: both can be changed here. */
export default function Quantity({ subscription }: { subscription: Subscription }) {
  const { may } = subscription
  const isOver = subscription.state === 'ended' || subscription.state === 'ended_unpaid'
  return (
    <>
      <HowMany subscription={subscription} />
      {may.includes('billing') && !isOver && <Ending subscription={subscription} />}
    </>
  )
}

function HowMany({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const { quantity, assigned, ceiling, may } = subscription
  const bar = barOf(subscription, false)
  return (
    <Panel title={say('quantity.title')}>
      <Text>{say('quantity.now', { quantity, assigned })}</Text>
      {ceiling !== null && <UnderWay id={subscription.id} ceiling={ceiling} />}
      {bar && (
        <Text>
          {say(bar.key)} {bar.place && <To to={bar.place.to}>{say(bar.place.name)}</To>}
        </Text>
      )}
      {!bar && may.includes('quantity') && <QuantityForm subscription={subscription} />}
    </Panel>
  )
}
