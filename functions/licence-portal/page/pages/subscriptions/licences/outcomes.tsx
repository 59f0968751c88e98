import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { type Key, useLanguage } from '../../../language/texts.tsx'
import { CopyText } from '../../../look/copy-text.tsx'
import { useScrollBox } from './scroll-box.ts'
import type { Deed } from './seat-changes.ts'

const words: Partial<Record<string, Key>> = {
  assigned: 'outcome.assigned',
  already_assigned: 'outcome.already_assigned',
  already_bound: 'outcome.already_bound',
}

const useStyles = makeStyles({
  outcomes: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: tokens.spacingVerticalS },
})

/** What came of each address that was sent, and a text for those who have a licence now. */
export function Outcomes({ deeds, isOver }: { deeds: readonly Deed[]; isOver: boolean }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const box = useScrollBox()
  if (deeds.length === 0) return null
  const count = (outcome: string) => deeds.filter((deed) => deed.outcome === outcome).length
  const isInUse = count('already_bound') > 0
  return (
    <section className={styles.outcomes} aria-label={say('assign.outcomes')}>
      <Text role="status" weight="semibold">
        {say('assign.done', { assigned: count('assigned') })}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <ul className={box.list} tabIndex={0} aria-label={say('assign.outcomes')}>
        {deeds.map(({ seat, address, outcome }) => (
          <li key={seat} className={box.row}>
            <span className={box.text}>{address}</span>
            <span className={box.verdict}>{say(words[outcome] ?? 'outcome.already_assigned')}</span>
          </li>
        ))}
      </ul>
      {isOver && isInUse && <Text>{say('assign.in_use')}</Text>}
      {isOver && <CopyText label={say('steps.for_people')} text={say('steps.people_text')} />}
    </section>
  )
}
