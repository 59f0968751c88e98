import { Text } from '@fluentui/react-components'
import { useEffect } from 'react'
import { tellSignIn } from '../../data/sign-ins.ts'
import { useLanguage } from '../../language/texts.tsx'
import { Page } from '../../look/page.tsx'
import { Panel } from '../../look/panel.tsx'
import { To } from '../../look/to.tsx'

/** The end of a sign-in that another window waits for: tells it, and closes this one where the browser lets a page do so. */
export default function Done() {
  const { say } = useLanguage()
  useEffect(() => {
    tellSignIn()
    close()
  }, [])
  return (
    <Page title={say('signed_in.title')}>
      <Panel title={say('signed_in.close')}>
        <Text role="status">{say('signed_in.text')}</Text>
        <To to="/">{say('nav.home')}</To>
      </Panel>
    </Page>
  )
}
