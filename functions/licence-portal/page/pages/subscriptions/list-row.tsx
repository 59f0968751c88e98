import { makeStyles, tokens } from '@fluentui/react-components'
import { memo } from 'react'
import type { Subscription } from '../../data/answers.ts'
import { subscriptionPlace } from '../../data/places.ts'
import { useLanguage } from '../../language/texts.tsx'
import { To } from '../../look/to.tsx'
import { attentionsOf } from './attention.ts'
import { standingOf } from './shown-state.ts'
import { StateBadge } from './state-badge.tsx'
import { UsageBar } from './usage-bar.tsx'
import { useWords } from './words.ts'

const useStyles = makeStyles({
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)',
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXL}`,
    alignItems: 'center',
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    boxShadow: tokens.shadow2,
    // Hundreds of these are drawn only as they come into view.
    contentVisibility: 'auto',
    containIntrinsicSize: 'auto 7rem',
    '@media (max-width: 40rem)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  about: { display: 'grid', gap: tokens.spacingVerticalXS, overflowWrap: 'anywhere' },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  quiet: { color: tokens.colorNeutralForeground3 },
  attention: { fontWeight: tokens.fontWeightSemibold },
})

/** One subscription in the list: how it stands, how much of it is used, and why it should be looked at. */
export const ListRow = memo(function ListRow({ subscription, now }: { subscription: Subscription; now: Date }) {
  const styles = useStyles()
  const { say } = useLanguage()
  const words = useWords()
  const standing = standingOf(subscription, now)
  const { reference } = subscription
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <div className={styles.head}>
          <To to={subscriptionPlace(subscription.id)}>{subscription.name}</To>
          <StateBadge state={standing.state} />
        </div>
        <span>{words.standing(standing)}</span>
        {attentionsOf(subscription, now)
          .slice(0, 1)
          .map((attention) => (
            <span key={attention} className={styles.attention}>
              {words.attention(attention, subscription)}
            </span>
          ))}
        <span className={styles.quiet}>
          {reference && `${say('subs.reference', { reference })} · `}
          {words.role(subscription)}
        </span>
      </div>
      <UsageBar subscription={subscription} />
    </li>
  )
})
