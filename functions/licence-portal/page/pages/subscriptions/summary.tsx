import { makeStyles, Text, tokens } from '@fluentui/react-components'
import type { Subscription } from '../../data/answers.ts'
import { useLanguage } from '../../language/texts.tsx'
import { standingOf } from './shown-state.ts'
import { StateBadge } from './state-badge.tsx'
import { UsageBar } from './usage-bar.tsx'
import { useWords } from './words.ts'

const useStyles = makeStyles({
  summary: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXXL}`,
    overflowWrap: 'anywhere',
  },
  about: { display: 'grid', justifyItems: 'start', gap: tokens.spacingVerticalXS, flex: '1 1 20rem' },
  usage: { flex: '1 1 16rem', maxWidth: '24rem' },
  quiet: { color: tokens.colorNeutralForeground3 },
})

/** How a subscription stands, how much of it is used, and what the reader is to it. */
export function Summary({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const words = useWords()
  const standing = standingOf(subscription, new Date())
  const { reference, role } = subscription
  return (
    <div className={styles.summary}>
      <div className={styles.about}>
        <StateBadge state={standing.state} />
        <Text>{words.standing(standing)}</Text>
        {reference && <Text className={styles.quiet}>{say('subs.reference', { reference })}</Text>}
        <Text className={styles.quiet}>
          {words.role(subscription)} {role === 'delegate' && words.rights(subscription)}
        </Text>
      </div>
      <div className={styles.usage}>
        <UsageBar subscription={subscription} />
        {subscription.licensing && (
          <Text className={styles.quiet}>{say('usage.free', { count: subscription.free })}</Text>
        )}
      </div>
    </div>
  )
}
