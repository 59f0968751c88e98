import { Field, makeStyles, ProgressBar, Text } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { AnswerOf } from '../../data/answers.ts'
import { call, Problem } from '../../data/call.ts'
import { subscriptionPlace } from '../../data/places.ts'
import type { Session } from '../../data/session.ts'
import { type Key, useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Panel } from '../../look/panel.tsx'
import { To } from '../../look/to.tsx'
import { Waiting } from '../../look/waiting.tsx'
import { AssignMine } from './assign-mine.tsx'
import { askAgainMs, type Became, becameOf } from './became.ts'
import { ToSignIn } from './to-sign-in.tsx'
import { begunHere, forgetBegun } from './use-checkout.ts'
import { forgetOrder } from './use-order.ts'

type Intent = AnswerOf<'show_intent'>
const useStyles = makeStyles({ progress: { width: '100%', maxWidth: '24rem' } })
const problemIn = (error: unknown) => (error instanceof Problem ? error : null)

const titles: Record<Became, Key> = {
  open: 'confirm.open',
  expired: 'confirm.expired',
  confirming: 'confirm.confirming',
  ready: 'confirm.ready',
  unpaid: 'confirm.unpaid',
  over: 'confirm.not_licensing',
  handed_on: 'confirm.handed_on',
}
const texts: Record<Exclude<Became, 'ready'>, Key> = {
  open: 'confirm.open_text',
  expired: 'confirm.expired_text',
  confirming: 'confirm.confirming_text',
  unpaid: 'confirm.unpaid_text',
  over: 'confirm.not_licensing_text',
  handed_on: 'confirm.handed_on_text',
}

/** What became of a purchase, told to the account that began it; asks until nothing changes by itself any more. */
export function Outcome({ intent, session }: { intent: string; session: Session }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['intent', intent],
    queryFn: ({ signal }) => call<Intent>(`/api/purchases/intents/${intent}`, { signal }),
    enabled: session.signedIn,
    refetchInterval: ({ state }) => askAgainMs(state.data, problemIn(state.error)),
  })
  const became = data && becameOf(data)
  useEffect(() => {
    // What was bought, or can be bought no more, is not gone on with.
    if (!became || became === 'open' || became === 'confirming' || begunHere()?.intent !== intent) return
    forgetBegun()
    if (became !== 'expired') forgetOrder()
  }, [became, intent])
  if (!session.signedIn) return <NotMine title="confirm.sign_in" text="confirm.sign_in_text" session={session} />
  if (problemIn(error)?.status === 404)
    return <NotMine title="confirm.not_yours" text="confirm.not_yours_text" session={session} />
  if (!data) return error ? <Failure error={error} again={() => void refetch()} /> : <Waiting />
  return (
    <>
      {error && <Failure error={error} />}
      <Told intent={data} session={session} />
    </>
  )
}

function Told({ intent, session }: { intent: Intent; session: Session }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const became = becameOf(intent)
  const { subscription } = intent
  const { quantity, name } = subscription ?? intent
  const assigned = subscription?.assigned ?? 0
  return (
    <Panel title={say(titles[became])}>
      <Text role="status">
        {became === 'ready' ? say('confirm.ready_text', { quantity, assigned, name }) : say(texts[became])}
      </Text>
      {became === 'ready' && assigned === 0 && <Text>{say('confirm.none_yet')}</Text>}
      {became !== 'ready' && <Text weight="semibold">{say('confirm.about', { quantity, name })}</Text>}
      {became === 'confirming' && (
        <Field className={styles.progress} validationState="none" label={say('confirm.progress')}>
          <ProgressBar />
        </Field>
      )}
      {became === 'ready' && subscription && <AssignMine subscription={subscription} session={session} />}
      {(became === 'open' || became === 'expired') && <To to="/purchase">{say('confirm.to_order')}</To>}
      {(became === 'unpaid' || became === 'over') && subscription && (
        <To to={subscriptionPlace(subscription.id)}>{say('confirm.to_subscription')}</To>
      )}
    </Panel>
  )
}

function NotMine({ title, text, session }: { title: Key; text: Key; session: Session }) {
  const { say } = useLanguage()
  const address = session.signedIn ? (session.address ?? session.name) : ''
  return (
    <Panel title={say(title)}>
      <Text role="status">{say(text, { address })}</Text>
      <ToSignIn session={session} />
    </Panel>
  )
}
