import { Badge, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import type { Licence } from '../../data/answers.ts'
import { call } from '../../data/call.ts'
import { type Key, useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { Panel } from '../../look/panel.tsx'
import { To } from '../../look/to.tsx'
import { Waiting } from '../../look/waiting.tsx'

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    margin: 0,
    overflowWrap: 'anywhere',
  },
  term: { color: tokens.colorNeutralForeground3 },
  fact: { margin: 0 },
})

/** What somebody can do for whom the answer is no; where nothing is said, the message alone says it. */
const advice: Partial<Record<string, Key>> = {
  free: 'licence.advice.free',
  not_confirmed: 'licence.advice.ask',
  not_assigned: 'licence.advice.ask',
  all_assigned: 'licence.advice.ask',
  withdrawn: 'licence.advice.ask',
  other_account: 'licence.advice.other_account',
  over_quantity: 'licence.advice.ask',
  payment_pending: 'licence.advice.wait',
}

/** Whether the signed-in person has a licence, which one, and what to do where not. */
export function LicenceCard({ address }: { address: string | null }) {
  const { say, language } = useLanguage()
  const { data, error, refetch } = useQuery({
    queryKey: ['licence', language],
    queryFn: ({ signal }) => call<Licence>('/api/licence', { signal }),
  })
  if (error) return <Failure error={error} again={() => void refetch()} />
  if (!data) return <Waiting />
  return <Answer licence={data} address={address} words={say(data.footer ? 'licence.no' : 'licence.yes')} />
}

function Answer({ licence, address, words }: { licence: Licence; address: string | null; words: string }) {
  const { say, day } = useLanguage()
  const styles = useStyles()
  const todo = licence.footer ? advice[licence.code] : undefined
  const facts: [Key, string | null | undefined][] = [
    ['licence.account', address],
    ['licence.assigned_to', licence.address],
    ['licence.subscription', licence.subscription?.name],
    ['licence.until', licence.validUntil && day(licence.validUntil)],
  ]
  return (
    <Panel title={words} beside={<FooterBadge hasFooter={licence.footer} />}>
      <Text role="status">{licence.message}</Text>
      <dl className={styles.facts}>
        {facts.map(([key, fact]) => fact && <Fact key={key} term={say(key)} fact={fact} />)}
      </dl>
      {todo && <Text>{say(todo)}</Text>}
      {licence.code === 'free' && <To to="/purchase">{say('nav.purchase')}</To>}
    </Panel>
  )
}

function FooterBadge({ hasFooter }: { hasFooter: boolean }) {
  const { say } = useLanguage()
  return (
    <Badge color={hasFooter ? 'warning' : 'success'} appearance="tint" size="large">
      {say(hasFooter ? 'licence.footer' : 'licence.no_footer')}
    </Badge>
  )
}

function Fact({ term, fact }: { term: string; fact: string }) {
  const styles = useStyles()
  return (
    <>
      <dt className={styles.term}>{term}</dt>
      <dd className={styles.fact}>{fact}</dd>
    </>
  )
}
