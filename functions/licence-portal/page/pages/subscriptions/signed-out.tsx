import { Button, Text } from '@fluentui/react-components'
import { Problem } from '../../data/call.ts'
import { signInAddress } from '../../data/session.ts'
import { useLanguage } from '../../language/texts.tsx'
import { Page } from '../../look/page.tsx'
import { Panel } from '../../look/panel.tsx'

/** Whether a service does not know any more who is asking. */
export const isSignedOut = (error: unknown): boolean => error instanceof Problem && error.status === 401

/** What stands in place of a page that only those see who are signed in. */
export function SignedOut({ here }: { here: string }) {
  const { say } = useLanguage()
  return (
    <Page title={say('nav.subscriptions')}>
      <Panel title={say('signed_out.title')}>
        <Text>{say('signed_out.text')}</Text>
        <Button as="a" appearance="primary" href={signInAddress(here)}>
          {say('sign_in_microsoft')}
        </Button>
      </Panel>
    </Page>
  )
}
