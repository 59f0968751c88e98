import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Panel } from '../../../look/panel.tsx'
import { Refused } from '../refused.tsx'
import { useBilling } from './use-billing.ts'

const useStyles = makeStyles({
  ways: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
})
const whats = ['payment_method', 'billing'] as const

/** The ways to the pages of the payment provider. */
export function Payment({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const billing = useBilling(subscription.id)
  const { error, variables, isPending, isSuccess } = billing
  const isGoing = isPending || isSuccess
  return (
    <Panel title={say('payment.title')}>
      <Text>{say('payment.text')}</Text>
      <div className={styles.ways}>
        {whats.map((what) => (
          <Button key={what} disabledFocusable={isGoing} onClick={() => billing.mutate(what)}>
            {say(isGoing && variables === what ? 'payment.going' : `payment.${what}`)}
          </Button>
        ))}
      </div>
      {error && <Refused error={error} subscription={subscription} again={() => billing.mutate(variables)} isLook />}
    </Panel>
  )
}
