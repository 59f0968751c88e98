import { makeStyles, Text, tokens } from '@fluentui/react-components'
import type { HistoryEntry, Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { AddressList } from './address-list.tsx'
import { listedAddresses, withdrawnIn } from './addresses.ts'
import { AssignAgain } from './assign-again.tsx'
import { type Known, sentencesOf } from './sentences.ts'
import { whoDid } from './who.ts'

const useStyles = makeStyles({
  entry: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    justifyItems: 'start',
    gap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowWrap: 'anywhere',
  },
  who: { color: tokens.colorNeutralForeground3 },
})

interface Shown {
  entry: HistoryEntry
  before: Known
  subscription: Subscription
}

/** One change: what, by whom, when, and which addresses it was about. */
export function Entry({ entry, before, subscription }: Shown) {
  const { say, time } = useLanguage()
  const styles = useStyles()
  const withdrawn = entry.did === 'withdrawn' ? withdrawnIn(entry) : []
  return (
    <li className={styles.entry}>
      {sentencesOf(say, entry, before).map((sentence) => (
        <Text key={sentence}>{sentence}</Text>
      ))}
      <AddressList addresses={listedAddresses(entry)} />
      <Text className={styles.who}>
        {say('history.who', { who: say(whoDid(entry)) })} <time dateTime={entry.at}>{time(entry.at)}</time>
      </Text>
      {withdrawn.length > 0 && subscription.may.includes('assign') && (
        <AssignAgain id={subscription.id} addresses={withdrawn} />
      )}
    </li>
  )
}
