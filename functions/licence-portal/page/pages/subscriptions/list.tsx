import { useMemo } from 'react'
import { useSession } from '../../data/session.ts'
import { useSubscriptions } from '../../data/subscriptions.ts'
import { MoreTexts, useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Page } from '../../look/page.tsx'
import { Waiting } from '../../look/waiting.tsx'
import { FoundList } from './found-list.tsx'
import { NothingYet } from './nothing-yet.tsx'
import { isSignedOut, SignedOut } from './signed-out.tsx'

/** The subscriptions that the signed-in person may manage. */
export default function Subscriptions() {
  return (
    <MoreTexts group="manage">
      <Shown />
    </MoreTexts>
  )
}

function Shown() {
  const { session, error } = useSession()
  if (session?.signedIn) return <List />
  if (session) return <SignedOut here="/subscriptions" />
  return error ? <Failed error={error} again={() => location.reload()} /> : <Waiting />
}

function List() {
  const { say } = useLanguage()
  const { pages, isComplete, error, readOn } = useSubscriptions()
  const all = useMemo(() => pages?.flatMap(({ subscriptions }) => subscriptions), [pages])
  if (!all && error && isSignedOut(error)) return <SignedOut here="/subscriptions" />
  if (!all) return error ? <Failed error={error} again={readOn} /> : <Waiting />
  return (
    <Page title={say('nav.subscriptions')}>
      {error && <Failure error={error} again={readOn} />}
      {all.length === 0 && isComplete ? <NothingYet /> : <FoundList all={all} isComplete={isComplete} />}
    </Page>
  )
}

function Failed({ error, again }: { error: Error; again: () => void }) {
  const { say } = useLanguage()
  return (
    <Page title={say('nav.subscriptions')}>
      <Failure error={error} again={again} />
    </Page>
  )
}
