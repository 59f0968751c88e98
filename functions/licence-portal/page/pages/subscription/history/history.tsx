import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useMemo } from 'react'
import type { AnswerOf, Subscription } from '../../../data/answers.ts'
import { useMorePages } from '../../../data/more-pages.ts'
import { subscriptionKey, subscriptionPath } from '../../../data/subscriptions.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Failure } from '../../../look/failure.tsx'
import { Panel } from '../../../look/panel.tsx'
import { Waiting } from '../../../look/waiting.tsx'
import { Chart } from './chart.tsx'
import { byDay } from './days.ts'
import { Entry } from './entry.tsx'
import { levelsOf } from './levels.ts'

const useStyles = makeStyles({
  days: { display: 'grid', gap: tokens.spacingVerticalXL, width: '100%' },
  day: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
})

/** Who changed what and when, day by day, newest first. */
export default function History({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const { id } = subscription
  const key = [...subscriptionKey(id), 'history']
  const read = useMorePages<AnswerOf<'list_history'>>(key, `${subscriptionPath(id)}/history`)
  const { pages, error, isComplete, isReading, readOn } = read
  const history = useMemo(() => pages?.flatMap((page) => page.history) ?? [], [pages])
  const levels = useMemo(() => levelsOf(history, isComplete, subscription), [history, isComplete, subscription])
  if (!pages && !error) return <Waiting />
  return (
    <Panel title={say('history.title')}>
      {levels && <Chart levels={levels} isWhole={isComplete} />}
      {pages && history.length === 0 && <Text>{say('history.none')}</Text>}
      <Days history={history} subscription={subscription} />
      {error && <Failure error={error} again={readOn} />}
      {isComplete && history.length > 0 && <Text>{say('history.beginning')}</Text>}
      {!isComplete && !error && (
        <Button disabledFocusable={isReading} onClick={readOn}>
          {say(isReading ? 'loading' : 'history.earlier')}
        </Button>
      )}
    </Panel>
  )
}

interface Read {
  history: AnswerOf<'list_history'>['history']
  subscription: Subscription
}

function Days({ history, subscription }: Read) {
  const { day } = useLanguage()
  const styles = useStyles()
  const days = useMemo(() => byDay(history, day), [history, day])
  return (
    <div className={styles.days}>
      {days.map(({ day: name, entries }) => (
        <section key={name}>
          <h3 className={styles.day}>{name}</h3>
          <ul className={styles.list}>
            {entries.map(({ entry, before }) => (
              <Entry key={entry.id} entry={entry} before={before} subscription={subscription} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
