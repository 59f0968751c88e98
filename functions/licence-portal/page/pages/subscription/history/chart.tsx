import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { useLanguage } from '../../../language/texts.tsx'
import type { Levels } from './levels.ts'
import { stepsOf } from './steps.ts'

const useStyles = makeStyles({
  figure: { margin: 0, width: '100%', maxWidth: '44rem', display: 'grid', gap: tokens.spacingVerticalXS },
  drawing: {
    width: '100%',
    height: '7rem',
    overflow: 'visible',
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  line: { fill: 'none', strokeWidth: '2px' },
  // Told apart by their pattern, too, and drawn where people choose their own colours.
  assigned: { stroke: tokens.colorBrandStroke1, '@media (forced-colors: active)': { stroke: 'CanvasText' } },
  quantity: {
    stroke: tokens.colorNeutralForeground3,
    strokeDasharray: '6 4',
    '@media (forced-colors: active)': { stroke: 'CanvasText' },
  },
  quiet: { color: tokens.colorNeutralForeground3 },
  ends: { display: 'flex', justifyContent: 'space-between', color: tokens.colorNeutralForeground3 },
  legend: { display: 'flex', flexWrap: 'wrap', gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}` },
  key: { display: 'inline-flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  sample: { width: '2rem', height: '2px', overflow: 'visible' },
})
const size = { width: 600, height: 100 }

/** How many licences there were and how many were assigned, drawn over time and told in words. */
export function Chart({ levels, isWhole }: { levels: Levels; isWhole: boolean }) {
  const { say, day, language } = useLanguage()
  const styles = useStyles()
  const [until] = useState(Date.now)
  const { from, assigned, quantity } = levels
  const counts = assigned.map(({ count }) => count)
  const most = Math.max(1, ...counts, ...quantity.map(({ count }) => count))
  const frame = { ...size, from, until: Math.max(until, from + 1), most }
  const first = day(new Date(from).toISOString())
  const lines = { quantity: quantity.at(-1)?.count ?? 0, assigned: assigned.at(-1)?.count ?? 0 }
  return (
    <figure className={styles.figure}>
      <span className={styles.quiet} aria-hidden>
        {new Intl.NumberFormat(language).format(most)}
      </span>
      <svg
        className={styles.drawing}
        viewBox={`0 0 ${size.width} ${size.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say('chart.words', { day: first, most: Math.max(...counts), ...lines })}
      >
        <Line className={mergeClasses(styles.line, styles.quantity)} path={stepsOf(quantity, frame)} />
        <Line className={mergeClasses(styles.line, styles.assigned)} path={stepsOf(assigned, frame)} />
      </svg>
      <div className={styles.ends} aria-hidden>
        <span>{first}</span>
        <span>{say('chart.now')}</span>
      </div>
      <figcaption className={styles.legend}>
        {(['quantity', 'assigned'] as const).map((name) => (
          <span key={name} className={styles.key}>
            <svg className={styles.sample} viewBox="0 0 32 2" preserveAspectRatio="none" aria-hidden>
              <Line className={mergeClasses(styles.line, styles[name])} path="M0 1H32" />
            </svg>
            {say(`chart.${name}`, { count: lines[name] })}
          </span>
        ))}
        {!isWhole && <span>{say('chart.part')}</span>}
      </figcaption>
    </figure>
  )
}

const Line = ({ className, path }: { className: string; path: string }) => (
  <path className={className} d={path} vectorEffect="non-scaling-stroke" />
)
