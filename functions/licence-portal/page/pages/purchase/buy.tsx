import { Text } from '@fluentui/react-components'
import { useSession } from '../../data/session.ts'
import { MoreTexts, useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Page } from '../../look/page.tsx'
import { Panel } from '../../look/panel.tsx'
import { Waiting } from '../../look/waiting.tsx'
import { BuyersOfBefore } from './buyers-of-before.tsx'
import { Comparison } from './comparison.tsx'
import { OrderForm } from './order-form.tsx'
import { PriceList } from './price-list.tsx'

/** Where licences are bought: what is free, what a licence adds, what it costs, and the way to the payment. */
export default function Buy() {
  return (
    <MoreTexts group="purchase">
      <Shown />
    </MoreTexts>
  )
}

function Shown() {
  const { say } = useLanguage()
  const { session, error } = useSession()
  return (
    <Page title={say('purchase.title')}>
      {session?.signedIn && <BuyersOfBefore />}
      <Panel title={say('purchase.what')}>
        <Text>{say('purchase.free')}</Text>
        <Comparison />
      </Panel>
      <Panel title={say('purchase.prices')}>
        <PriceList />
      </Panel>
      <Panel title={say('purchase.order')}>
        {session && <OrderForm session={session} />}
        {!session && (error ? <Failure error={error} again={() => location.reload()} /> : <Waiting />)}
      </Panel>
    </Page>
  )
}
