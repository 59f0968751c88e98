import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useDeferredValue, useMemo, useState } from 'react'
import type { Subscription } from '../../data/answers.ts'
import { useLanguage } from '../../language/texts.tsx'
import { inOrder } from './attention.ts'
import { Filters } from './filters.tsx'
import { choices, isWanted, matches, type Wanted } from './found.ts'
import { ListRow } from './list-row.tsx'

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: tokens.spacingVerticalS },
})

/** Subscriptions with a search and a filter; what needs attention stands first. */
export function FoundList({ all, isComplete }: { all: Subscription[]; isComplete: boolean }) {
  const { say, language } = useLanguage()
  const styles = useStyles()
  const [search, setSearch] = useState('')
  const [wanted, setWanted] = useState<Wanted>('all')
  const sought = useDeferredValue(search)
  // One instant for all of a list: rows that have been drawn stay as they are while more are read.
  const [now] = useState(() => new Date())
  const ordered = useMemo(() => inOrder(all, now, language), [all, now, language])
  const offered = useMemo(() => choices(all, now), [all, now])
  const found = useMemo(
    () => ordered.filter((one) => isWanted(one, wanted, now) && matches(one, sought)),
    [ordered, wanted, sought, now],
  )
  return (
    <>
      <Filters search={search} onSearch={setSearch} wanted={wanted} onWanted={setWanted} offered={offered} />
      <Text role="status">
        {isComplete ? say('subs.found', { count: found.length }) : say('subs.reading', { count: all.length })}
      </Text>
      {found.length === 0 && isComplete && <Text>{say('subs.none_found')}</Text>}
      <ul className={styles.list}>
        {found.map((one) => (
          <ListRow key={one.id} subscription={one} now={now} />
        ))}
      </ul>
    </>
  )
}
