import { Button, Text } from '@fluentui/react-components'
import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { AnswerOf } from '../../data/answers.ts'
import { call, Problem } from '../../data/call.ts'
import { leadsOut } from '../../data/leads-out.ts'
import { signInAddress } from '../../data/session.ts'
import { useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Page } from '../../look/page.tsx'
import { Panel } from '../../look/panel.tsx'
import { To } from '../../look/to.tsx'
import { Waiting } from '../../look/waiting.tsx'
import { isOfFresh, wordsOfRefusal } from './words-of-refusal.ts'

/** Leads to Microsoft's sign-in; where that ended without one, says why. */
export default function Begin() {
  const { say } = useLanguage()
  const asked = new URLSearchParams(location.search)
  const [refused, returnTo] = [asked.get('refused'), asked.get('returnTo') ?? '/']
  if (refused === null) return <OnTheWay returnTo={returnTo} fresh={asked.has('fresh')} />
  return (
    <Page title={say('not_signed_in.title')}>
      <Panel title={say('not_signed_in.nobody')}>
        <Text role="alert">{say(wordsOfRefusal(refused))}</Text>
        <Button as="a" appearance="primary" href={signInAddress(returnTo, isOfFresh(refused))}>
          {say('try_again')}
        </Button>
        <To to="/">{say('nav.home')}</To>
      </Panel>
    </Page>
  )
}

function OnTheWay({ returnTo, fresh }: { returnTo: string; fresh: boolean }) {
  const { say } = useLanguage()
  const { mutate, error } = useMutation({
    mutationFn: async () => {
      const body = { returnTo, fresh }
      const { url } = await call<AnswerOf<'begin_sign_in'>>('/api/session/sign-in', { method: 'POST', body })
      if (!leadsOut(url)) throw new Problem('internal', 500)
      // Not one more page behind: going back does not lead here, and on to Microsoft once more.
      location.replace(url)
    },
  })
  useEffect(() => mutate(), [mutate])
  return (
    <Page title={say('sign_in')}>
      {error ? <Failure error={error} again={() => mutate()} /> : <Waiting />}
      {!error && <Text role="status">{say('sign_in_on_the_way')}</Text>}
    </Page>
  )
}
