import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import type { Subscription } from '../../data/answers.ts'
import { useLanguage } from '../../language/texts.tsx'

const useStyles = makeStyles({
  usage: { display: 'grid', gap: tokens.spacingVerticalXS, width: '100%', maxWidth: '24rem' },
  track: {
    height: '6px',
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: tokens.colorNeutralBackground6,
    overflow: 'hidden',
    // Without colours of its own a bar would vanish where people choose theirs.
    '@media (forced-colors: active)': { border: '1px solid CanvasText' },
  },
  part: {
    height: '100%',
    backgroundColor: tokens.colorCompoundBrandBackground,
    '@media (forced-colors: active)': { backgroundColor: 'Highlight', forcedColorAdjust: 'none' },
  },
  over: { backgroundColor: tokens.colorPaletteRedBackground3 },
})

/** How many licences are assigned, drawn and in words. */
export function UsageBar({ subscription }: { subscription: Pick<Subscription, 'assigned' | 'quantity'> }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { assigned, quantity } = subscription
  const share = quantity === 0 ? Math.sign(assigned) : Math.min(1, assigned / quantity)
  return (
    <div className={styles.usage}>
      <span>{say('usage', { assigned, quantity })}</span>
      <div className={styles.track} aria-hidden>
        <div
          className={mergeClasses(styles.part, assigned > quantity && styles.over)}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  )
}
