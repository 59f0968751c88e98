import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { subscriptionKey } from '../../../data/subscriptions.ts'
import { useLanguage } from '../../../language/texts.tsx'

const LOOK_MS = 5_000

/** Another quantity is being settled with the payment provider: what that means, until it is over. */
export function UnderWay({ id, ceiling }: { id: string; ceiling: number }) {
  const { say } = useLanguage()
  const client = useQueryClient()
  useEffect(() => {
    const look = () => void client.invalidateQueries({ queryKey: subscriptionKey(id), exact: true })
    const timer = setInterval(look, LOOK_MS)
    return () => clearInterval(timer)
  }, [client, id])
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{say('quantity.under_way')}</MessageBarTitle> {say('quantity.under_way_text', { ceiling })}
      </MessageBarBody>
    </MessageBar>
  )
}
