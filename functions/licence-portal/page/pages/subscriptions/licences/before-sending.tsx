import { MessageBar, MessageBarBody, Text } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { subscriptionPlace } from '../../../data/places.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { To } from '../../../look/to.tsx'
import { standingOf } from '../shown-state.ts'
import { tabsOf } from '../tabs.ts'
import { useWords } from '../words.ts'
import { CheckedLines } from './checked-lines.tsx'
import type { Checked, Plan } from './pasted-list.ts'

interface Before {
  subscription: Subscription
  list: readonly Checked[]
  plan: Plan
  knowsAll: boolean
}

/** What a list comes to before it is sent: how many licences it takes, how many are free, and what is wrong with it. */
export function BeforeSending({ subscription, list, plan, knowsAll }: Before) {
  const { say } = useLanguage()
  const words = useWords()
  const { free, licensing } = subscription
  if (!licensing) return <Warning>{words.standing(standingOf(subscription, new Date()))}</Warning>
  if (list.length === 0) return <Text>{say('usage.free', { count: free })}</Text>
  const sells = tabsOf(subscription).find(({ path }) => path === 'quantity')
  return (
    <>
      <Text role="status">
        {say('assign.count', { count: plan.wanted, free })} {knowsAll || plan.wanted === 0 || say('assign.at_most')}
      </Text>
      {plan.missing > 0 && (
        <Warning>
          {say(free > 0 ? 'assign.too_many' : 'assign.none_free', { missing: plan.missing, count: free })}{' '}
          {sells && <To to={subscriptionPlace(subscription.id, 'quantity')}>{say('assign.buy')}</To>}
        </Warning>
      )}
      <CheckedLines list={list} />
    </>
  )
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>{children}</MessageBarBody>
    </MessageBar>
  )
}
