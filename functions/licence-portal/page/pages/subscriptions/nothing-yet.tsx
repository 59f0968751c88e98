import { Text } from '@fluentui/react-components'
import { useLanguage } from '../../language/texts.tsx'
import { Panel } from '../../look/panel.tsx'
import { To } from '../../look/to.tsx'

/** What somebody reads who has no subscription to manage: how to come by one. */
export function NothingYet() {
  const { say } = useLanguage()
  return (
    <Panel title={say('nothing.title')}>
      <Text>
        {say('nothing.buy')} <To to="/purchase">{say('nav.purchase')}</To>
      </Text>
      <Text>{say('nothing.delegate')}</Text>
      <Text>{say('nothing.account')}</Text>
      <Text>
        {say('nothing.licence')} <To to="/">{say('nav.home')}</To>
      </Text>
    </Panel>
  )
}
