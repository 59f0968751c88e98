import { Button, Text } from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { type Person, signInAddress } from '../data/session.ts'
import { useLanguage } from '../language/texts.tsx'
import { Page } from './page.tsx'
import { Panel } from './panel.tsx'

const called = ({ address, name }: Person) => address ?? name

/** Stands in the place of a page whose person is not the one who is signed in now: nothing was done, nothing is shown. */
export default function AnotherPerson({ before, now }: { before: Person; now: Person }) {
  const { say } = useLanguage()
  const [here] = useLocation()
  const words = useRef<HTMLDivElement>(null)
  // What had the focus is gone with the page.
  useEffect(() => words.current?.focus(), [])
  return (
    <Page title={say('another.title')}>
      <Panel title={say('another.now', { account: called(now) })}>
        <div ref={words} role="alert" tabIndex={-1}>
          <Text>{say('another.text', { before: called(before) })}</Text>
        </div>
        {/* Loaded anew: nothing that the page holds is of the account of before. */}
        <Button appearance="primary" onClick={() => location.assign('/')}>
          {say('another.go_on', { account: called(now) })}
        </Button>
        <Button as="a" href={signInAddress(here)}>
          {say('another.sign_in')}
        </Button>
      </Panel>
    </Page>
  )
}
