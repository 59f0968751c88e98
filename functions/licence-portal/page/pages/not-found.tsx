import { Text } from '@fluentui/react-components'
import { useLanguage } from '../language/texts.tsx'
import { Page } from '../look/page.tsx'
import { To } from '../look/to.tsx'

/** What stands at an address that nothing stands at. */
export default function NotFound() {
  const { say } = useLanguage()
  return (
    <Page title={say('not_found.title')}>
      <Text as="p">{say('not_found.text')}</Text>
      <To to="/">{say('nav.home')}</To>
    </Page>
  )
}
