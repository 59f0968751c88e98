import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { type Key, useLanguage } from '../../../language/texts.tsx'
import { CopyText } from '../../../look/copy-text.tsx'
import { LongList } from './long-list.tsx'
import type { Deed } from './seat-changes.ts'

const words: Partial<Record<string, Key>> = {
  assigned: 'outcome.assigned',
  already_assigned: 'outcome.already_assigned',
  already_bound: 'outcome.already_bound',
}

const useStyles = makeStyles({
  outcomes: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: tokens.spacingVerticalS },
  outcome: { marginLeft: 'auto' },
})

/** What came of each address that was sent, and a text for those who have a licence now. */
export function Outcomes({ deeds, isOver }: { deeds: readonly Deed[]; isOver: boolean }) {
  const { say } = useLanguage()
  const styles = useStyles()
  if (deeds.length === 0) return null
  const count = (outcome: string) => deeds.filter((deed) => deed.outcome === outcome).length
  const row = (index: number) => {
    const deed = deeds[index]
    return (
      deed && (
        <>
          <span>{deed.address}</span>
          <span className={styles.outcome}>{say(words[deed.outcome] ?? 'outcome.already_assigned')}</span>
        </>
      )
    )
  }
  return (
    <div className={styles.outcomes}>
      <Text role="status" weight="semibold">
        {say('assign.done', { assigned: count('assigned') })}
      </Text>
      <LongList label={say('assign.outcomes')} count={deeds.length} row={row} />
      {isOver && count('already_bound') > 0 && <Text>{say('assign.in_use')}</Text>}
      {isOver && <CopyText label={say('steps.for_people')} text={say('steps.people_text')} />}
    </div>
  )
}
