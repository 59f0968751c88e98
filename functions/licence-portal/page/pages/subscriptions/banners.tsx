import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import type { Subscription } from '../../data/answers.ts'
import { subscriptionPlace } from '../../data/places.ts'
import { useLanguage } from '../../language/texts.tsx'
import { To } from '../../look/to.tsx'
import { type Attention, attentionsOf } from './attention.ts'
import { tabsOf } from './tabs.ts'
import { useWords } from './words.ts'

/** Of the others the words beside the usage bar say enough. */
type Banner = Exclude<Attention, 'none_free'>

const intents: Record<Banner, 'error' | 'warning' | 'info'> = {
  over_quantity: 'error',
  past_due: 'error',
  ended_unpaid: 'error',
  payment_pending: 'info',
  ending_soon: 'warning',
}

/** The page where something can be done about it. */
const remedies: Partial<Record<Banner, string>> = {
  over_quantity: 'quantity',
  past_due: 'invoices',
  ended_unpaid: 'invoices',
  ending_soon: 'quantity',
}

/**
 * What the reader should know of a subscription whichever of its pages is open, the most urgent first; `except` what the
 * open page says itself.
 */
export function Banners({ subscription, except }: { subscription: Subscription; except?: Attention | undefined }) {
  const words = useWords()
  return attentionsOf(subscription, new Date())
    .filter((attention): attention is Banner => attention !== except && attention in intents)
    .map((attention) => (
      <MessageBar key={attention} intent={intents[attention]} layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>{words.attention(attention, subscription)}</MessageBarTitle> {words.advice(attention)}{' '}
          <ToTab subscription={subscription} path={remedies[attention]} />
        </MessageBarBody>
      </MessageBar>
    ))
}

function ToTab({ subscription, path }: { subscription: Subscription; path: string | undefined }) {
  const { say } = useLanguage()
  const tab = tabsOf(subscription).find((one) => one.path === path)
  return tab && <To to={subscriptionPlace(subscription.id, tab.path)}>{say(tab.name)}</To>
}
