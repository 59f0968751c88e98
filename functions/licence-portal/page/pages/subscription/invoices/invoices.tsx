import { Button, makeStyles, Text } from '@fluentui/react-components'
import type { AnswerOf, Subscription } from '../../../data/answers.ts'
import { useMorePages } from '../../../data/more-pages.ts'
import { purchasesPath, subscriptionKey } from '../../../data/subscriptions.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Panel } from '../../../look/panel.tsx'
import { Waiting } from '../../../look/waiting.tsx'
import { Refused } from '../refused.tsx'
import { InvoiceRow } from './invoice-row.tsx'
import { Payment } from './payment.tsx'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, width: '100%' },
})

/** What was invoiced, and where the payment is seen to. */
export default function Invoices({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  return (
    <>
      <Panel title={say('invoices.title')}>
        <List subscription={subscription} />
      </Panel>
      {subscription.may.includes('billing') && <Payment subscription={subscription} />}
    </>
  )
}

function List({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { id } = subscription
  const path = `${purchasesPath(id)}/invoices`
  const list = useMorePages<AnswerOf<'list_invoices'>>([...subscriptionKey(id), 'invoices'], path)
  const { pages, error, isComplete, isReading, readOn } = list
  if (!pages && !error) return <Waiting />
  const invoices = pages?.flatMap((page) => page.invoices) ?? []
  return (
    <>
      {pages && invoices.length === 0 && <Text>{say('invoices.none')}</Text>}
      <ul className={styles.list}>
        {invoices.map((invoice, index) => (
          <InvoiceRow key={invoice.number ?? index} invoice={invoice} />
        ))}
      </ul>
      {error && <Refused error={error} subscription={subscription} again={readOn} isLook />}
      {!isComplete && !error && (
        <Button disabledFocusable={isReading} onClick={readOn}>
          {say(isReading ? 'loading' : 'invoices.more')}
        </Button>
      )}
    </>
  )
}
