import { makeStyles, Spinner, Text, tokens } from '@fluentui/react-components'
import type { Subscription } from '../../../data/answers.ts'
import type { Values } from '../../../language/format.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { To } from '../../../look/to.tsx'
import { type Advice, withdrawFirst } from '../advice.ts'
import { Refused } from '../refused.tsx'
import { type CostLine, costLines } from './cost.ts'
import type { usePreview } from './use-preview.ts'

const useStyles = makeStyles({
  lines: { display: 'grid', justifyItems: 'start', gap: tokens.spacingVerticalXS, minHeight: '1.5rem' },
})

interface Asked {
  subscription: Subscription
  /** The quantity that was typed; undefined where that is none. */
  wanted: number | undefined
  bar: Advice | undefined
  cost: ReturnType<typeof usePreview>
}

/** What the typed quantity costs or brings, or what has to be done before it can be asked for. */
export function WhatItCosts({ subscription, wanted, bar, cost }: Asked) {
  const styles = useStyles()
  const { preview, error, again } = cost
  if (error && wanted !== undefined) return <Refused error={error} subscription={subscription} again={again} isLook />
  const missing = preview && preview.mustWithdraw > 0 ? withdrawFirst(subscription, preview.mustWithdraw) : bar
  return (
    <div className={styles.lines} role="status">
      {wanted !== undefined && (missing ? <Barred advice={missing} /> : <Lines {...{ subscription, wanted, cost }} />)}
    </div>
  )
}

function Barred({ advice: { key, values, place } }: { advice: Advice }) {
  const { say } = useLanguage()
  return (
    <Text>
      {say(key, values)} {place && <To to={place.to}>{say(place.name)}</To>}
    </Text>
  )
}

function Lines({ subscription, wanted, cost: { preview } }: Omit<Asked, 'bar'>) {
  const { say, money } = useLanguage()
  if (wanted === subscription.quantity) return null
  if (!preview) return <Spinner size="tiny" label={say('quantity.asking')} />
  const valuesOf = ({ amount, count }: CostLine): Values => ({
    ...(amount !== undefined && { amount: money(amount, preview.currency) }),
    ...(count !== undefined && { count }),
  })
  return costLines(preview, subscription).map((line, index) => (
    <Text key={line.key} weight={index === 0 ? 'semibold' : 'regular'}>
      {say(line.key, valuesOf(line))}
    </Text>
  ))
}
