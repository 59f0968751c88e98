import { MessageBar, MessageBarBody } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import type { AnswerOf } from '../../data/answers.ts'
import { call } from '../../data/call.ts'
import { subscriptionPlace } from '../../data/places.ts'
import { useLanguage } from '../../language/texts.tsx'
import { To } from '../../look/to.tsx'

/** Tells who could have more licences in a subscription that is there already. Says nothing to anybody else. */
export function BuyersOfBefore() {
  const { say } = useLanguage()
  const { data } = useQuery({
    queryKey: ['subscriptions', 'bought'],
    queryFn: ({ signal }) => call<AnswerOf<'list_subscriptions'>>('/api/subscriptions?limit=20', { signal }),
  })
  const [first, ...others] = data?.subscriptions.filter(({ may }) => may.includes('quantity')) ?? []
  if (!first) return null
  return (
    <MessageBar layout="multiline">
      <MessageBarBody>
        {say(others.length === 0 ? 'purchase.have_one' : 'purchase.have_some', { name: first.name })}{' '}
        <To to={others.length === 0 ? subscriptionPlace(first.id) : '/subscriptions'}>
          {say(others.length === 0 ? 'purchase.go_to_one' : 'nav.subscriptions')}
        </To>
      </MessageBarBody>
    </MessageBar>
  )
}
