import { Text } from '@fluentui/react-components'
import { useSession } from '../../data/session.ts'
import { MoreTexts, useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Page } from '../../look/page.tsx'
import { Panel } from '../../look/panel.tsx'
import { To } from '../../look/to.tsx'
import { Waiting } from '../../look/waiting.tsx'
import { Outcome } from './outcome.tsx'
import { useIntent } from './use-intent.ts'

/** Where the payment leads back to: waits for the purchase, then offers its licences. */
export default function Confirm() {
  return (
    <MoreTexts group="purchase">
      <Shown />
    </MoreTexts>
  )
}

function Shown() {
  const { say } = useLanguage()
  const intent = useIntent()
  const { session, error } = useSession()
  return (
    <Page title={say('confirm.title')}>
      {!session && (error ? <Failure error={error} again={() => location.reload()} /> : <Waiting />)}
      {session && intent && <Outcome intent={intent} session={session} />}
      {session && !intent && (
        <Panel title={say('confirm.which')}>
          <Text>{say('confirm.which_text')}</Text>
          <To to="/subscriptions">{say('nav.subscriptions')}</To>
        </Panel>
      )}
    </Page>
  )
}
