import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Panel } from '../../../look/panel.tsx'
import { DetailsForm } from './details-form.tsx'

/** What a subscription is called, the managers' own reference, and whom people are to ask. */
export default function Settings({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  return (
    <Panel title={say('settings.title')}>
      <DetailsForm subscription={subscription} />
    </Panel>
  )
}
