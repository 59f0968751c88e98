import { Suspense } from 'react'
import type { Subscription } from '../../data/answers.ts'
import { Problem } from '../../data/call.ts'
import { subscriptionPlace } from '../../data/places.ts'
import { useSession } from '../../data/session.ts'
import { useSubscription } from '../../data/subscriptions.ts'
import { MoreTexts, useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Page } from '../../look/page.tsx'
import { To } from '../../look/to.tsx'
import { Waiting } from '../../look/waiting.tsx'
import { Banners } from './banners.tsx'
import { isSignedOut, SignedOut } from './signed-out.tsx'
import { Summary } from './summary.tsx'
import { TabLinks } from './tab-links.tsx'
import { tabsOf } from './tabs.ts'

interface Place {
  id: string
  /** What stands behind the id in the address. */
  rest: string
}

/** One subscription: how it stands, and its pages. */
export default function OneSubscription({ params }: { params: { id: string; '*'?: string } }) {
  return (
    <MoreTexts group="manage">
      <Shown id={params.id} rest={params['*'] ?? ''} />
    </MoreTexts>
  )
}

function Shown(place: Place) {
  const { session, error } = useSession()
  if (session?.signedIn === false) return <SignedOut here={subscriptionPlace(place.id, place.rest)} />
  // Nobody known yet is nobody to ask for: whoever is signed out would be refused.
  return session || error ? <Read {...place} /> : <Waiting />
}

function Read({ id, rest }: Place) {
  const { say } = useLanguage()
  const { data, error, refetch } = useSubscription(id)
  // What was read stays, and with it what somebody has typed.
  if (!data && isSignedOut(error)) return <SignedOut here={subscriptionPlace(id, rest)} />
  if (data) return <Whole subscription={data} rest={rest} />
  if (!error) return <Waiting />
  return (
    <Page title={say('sub.title')}>
      <Failure error={error} again={() => void refetch()} />
      <To to="/subscriptions">{say('sub.all')}</To>
    </Page>
  )
}

function Whole({ subscription, rest }: { subscription: Subscription; rest: string }) {
  const { say } = useLanguage()
  const open = tabsOf(subscription)
  // Who may not see the first page begins at the first that is theirs.
  const here = open.find(({ path }) => path === rest) ?? (rest === '' ? open[0] : undefined)
  return (
    <Page title={subscription.name}>
      <To to="/subscriptions">{say('sub.all')}</To>
      <Summary subscription={subscription} />
      <Banners subscription={subscription} except={here?.path === '' ? 'over_quantity' : undefined} />
      <TabLinks id={subscription.id} tabs={open} here={here} />
      <Suspense fallback={<Waiting />}>
        {here ? <here.page subscription={subscription} /> : <Failure error={new Problem('not_found', 404)} />}
      </Suspense>
    </Page>
  )
}
