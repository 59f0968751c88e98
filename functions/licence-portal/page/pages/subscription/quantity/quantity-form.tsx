import { Button, Field, Input, makeStyles, tokens } from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { purchasesPath } from '../../../data/subscriptions.ts'
import { type Say, useLanguage } from '../../../language/texts.tsx'
import { barOf, withdrawFirst } from '../advice.ts'
import { Refused } from '../refused.tsx'
import { useChange } from '../use-change.ts'
import { MOST_LICENCES, typedQuantity } from './cost.ts'
import { Outcome } from './outcome.tsx'
import { usePreview } from './use-preview.ts'
import { WhatItCosts } from './what-it-costs.tsx'

const useStyles = makeStyles({
  form: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    justifyItems: 'start',
    gap: tokens.spacingVerticalM,
    width: '100%',
  },
  number: { width: '12rem', maxWidth: '100%' },
})

/** Another quantity: what it costs is told first, and the button that asks for it says how many. */
export function QuantityForm({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { id, quantity } = subscription
  // Untouched, it follows what there is.
  const [typed, setTyped] = useState<string | null>(null)
  const wanted = typed === null ? quantity : typedQuantity(typed)
  const bar = wanted === undefined ? undefined : inTheWay(subscription, wanted)
  const cost = usePreview(id, wanted === quantity || bar ? undefined : wanted)
  const change = useChange<{ quantity: number }>(id, `${purchasesPath(id)}/quantity`)
  const { preview } = cost
  const isReady = preview !== undefined && preview.mustWithdraw === 0 && !change.isPending
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) change.mutate({ quantity: preview.quantity }, { onSuccess: () => setTyped(null) })
  }
  const type = (value: string) => {
    setTyped(value)
    change.reset()
  }
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <Field
        label={say('quantity.wanted')}
        {...(wanted === undefined && { validationMessage: say('quantity.wrong', { most: MOST_LICENCES }) })}
      >
        <Input
          className={styles.number}
          {...{ type: 'number', inputMode: 'numeric', min: 1, max: MOST_LICENCES, step: 1 }}
          value={typed ?? String(quantity)}
          readOnly={change.isPending}
          onChange={(_, { value }) => type(value)}
        />
      </Field>
      <WhatItCosts subscription={subscription} wanted={wanted} bar={bar} cost={cost} />
      <Button appearance="primary" type="submit" disabledFocusable={!isReady}>
        {change.isPending ? say('quantity.changing') : labelOf(say, wanted, quantity)}
      </Button>
      {change.data && change.variables && <Outcome asked={change.variables.quantity} now={change.data.quantity} />}
      {change.error && change.variables && (
        <Refused error={change.error} subscription={subscription} again={() => change.mutate(change.variables)} />
      )}
    </form>
  )
}

/** What is known to bar a quantity, before anybody is asked. */
function inTheWay(subscription: Subscription, wanted: number) {
  const { quantity, assigned } = subscription
  if (wanted < quantity && wanted < assigned) return withdrawFirst(subscription, assigned - wanted)
  return barOf(subscription, wanted > quantity)
}

function labelOf(say: Say, wanted: number | undefined, quantity: number): string {
  if (wanted === undefined || wanted === quantity) return say('quantity.change')
  return wanted > quantity
    ? say('quantity.buy', { count: wanted - quantity })
    : say('quantity.give_back', { count: quantity - wanted })
}
