import { Text } from '@fluentui/react-components'
import { MoreTexts, useLanguage } from '../../language/texts.tsx'
import { Page } from '../../look/page.tsx'
import { AdminConsent } from './admin-consent.tsx'
import { Firewall } from './firewall.tsx'
import { PermissionList } from './permission-list.tsx'
import { StepsToTell } from './steps-to-tell.tsx'
import { StoredList } from './stored-list.tsx'

/** What those want to know who answer for the computers and the data of an organisation. Nobody has to sign in for it. */
export default function It() {
  return (
    <MoreTexts group="it">
      <Shown />
    </MoreTexts>
  )
}

function Shown() {
  const { say } = useLanguage()
  return (
    <Page title={say('it.title')}>
      <Text>{say('it.intro')}</Text>
      <StepsToTell />
      <Firewall />
      <PermissionList />
      <AdminConsent />
      <StoredList />
    </Page>
  )
}
