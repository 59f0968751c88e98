import { Caption1, Field, makeStyles, Radio, RadioGroup, Text, tokens } from '@fluentui/react-components'
import type { Interval } from '@securemailmerge/shared/purchasing/purchase'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Prices } from '../../data/answers.ts'
import { call } from '../../data/call.ts'
import { useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { useSettled } from './use-settled.ts'

const useStyles = makeStyles({
  both: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 15rem), 1fr))',
    alignItems: 'stretch',
    gap: tokens.spacingHorizontalM,
  },
  one: {
    alignItems: 'start',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    ':has(:checked)': {
      border: `1px solid ${tokens.colorBrandStroke1}`,
      backgroundColor: tokens.colorBrandBackground2,
    },
  },
  words: { display: 'grid', alignSelf: 'start', gap: tokens.spacingVerticalXXS },
})

interface Choice {
  /** Undefined where what was typed is no number that can be bought. */
  quantity: number | undefined
  /** Whether prices are told: the service tells them to whoever is signed in. */
  isTold: boolean
  interval: Interval
  onChange: (interval: Interval) => void
}

/** Monthly or yearly, each with what it costs for the quantity, side by side. */
export function IntervalChoice({ quantity, isTold, interval, onChange }: Choice) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { prices, error, again } = usePrices(quantity, isTold)
  return (
    <>
      <Field label={say('purchase.interval')}>
        <RadioGroup
          className={styles.both}
          value={interval}
          onChange={(_, { value }) => onChange(value === 'monthly' ? 'monthly' : 'yearly')}
        >
          {(['monthly', 'yearly'] as const).map((one) => (
            <Radio
              key={one}
              value={one}
              className={styles.one}
              label={{ className: styles.words, children: <Cost interval={one} prices={prices} /> }}
            />
          ))}
        </RadioGroup>
      </Field>
      {error && <Failure error={error} again={again} />}
    </>
  )
}

function usePrices(typed: number | undefined, isTold: boolean) {
  const quantity = useSettled(typed, 300)
  const { data, error, refetch } = useQuery({
    queryKey: ['prices', quantity],
    queryFn: ({ signal }) => call<Prices>(`/api/purchases/prices?quantity=${quantity}`, { signal }),
    enabled: isTold && quantity !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 600_000,
  })
  // A price is shown with the quantity that it is for, and with no other.
  const prices = data && data.quantity === typed ? data : undefined
  return { prices, error: typed === undefined ? null : error, again: () => void refetch() }
}

function Cost({ interval, prices }: { interval: Interval; prices: Prices | undefined }) {
  const { say, money } = useLanguage()
  const per = interval === 'monthly' ? 'purchase.a_month' : 'purchase.a_year'
  const title = <Text weight="semibold">{say(interval === 'monthly' ? 'purchase.monthly' : 'purchase.yearly')}</Text>
  if (!prices) return title
  const { currency, quantity, monthly, yearly } = prices
  const { unitAmount, amount } = prices[interval]
  const saved = interval === 'yearly' ? monthly.amount * 12 - yearly.amount : 0
  const shown = (value: number) => money(value, currency)
  return (
    <>
      {title}
      <Text size={400}>{say(per, { amount: shown(amount) })}</Text>
      <Caption1>
        {quantity === 1
          ? say('purchase.for_one')
          : say('purchase.for_each', { quantity, each: say(per, { amount: shown(unitAmount) }) })}
      </Caption1>
      {saved > 0 && <Caption1>{say('purchase.saved', { amount: shown(saved) })}</Caption1>}
    </>
  )
}
