import { Button, Text } from '@fluentui/react-components'
import { signInAddress, useSession } from '../data/session.ts'
import { useLanguage } from '../language/texts.tsx'
import { Failure } from '../look/failure.tsx'
import { Page } from '../look/page.tsx'
import { Panel } from '../look/panel.tsx'
import { To } from '../look/to.tsx'
import { Waiting } from '../look/waiting.tsx'
import { LicenceCard } from './home/licence-card.tsx'
import { TwoSteps } from './home/two-steps.tsx'

/** The first page: whether I have a licence, and what to do where I have none. */
export function Home() {
  const { say } = useLanguage()
  const { session, error } = useSession()
  if (error && !session)
    return (
      <Page title={say('home.title')}>
        <Failure error={error} again={() => location.reload()} />
      </Page>
    )
  if (!session) return <Waiting />
  return (
    <Page title={say(session.signedIn ? 'licence.title' : 'home.title')}>
      {session.signedIn ? <LicenceCard address={session.address} /> : <Welcome />}
      <TwoSteps />
    </Page>
  )
}

function Welcome() {
  const { say } = useLanguage()
  return (
    <Panel title={say('home.licensed')}>
      <Text>{say('home.sign_in')}</Text>
      <Button as="a" appearance="primary" href={signInAddress('/')}>
        {say('sign_in_microsoft')}
      </Button>
      <Text>
        {say('home.buy')} <To to="/purchase">{say('nav.purchase')}</To>
      </Text>
    </Panel>
  )
}
