import { Field, Input, makeStyles, Select, tokens } from '@fluentui/react-components'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { passes, type SeatFilter, seatFilters } from './seat-state.ts'

const useStyles = makeStyles({
  tools: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  search: { flex: '1 1 14rem', maxWidth: '28rem' },
  choice: { flex: '0 1 14rem' },
})

interface Searching {
  seats: readonly Seat[]
  search: string
  onSearch: (search: string) => void
  filter: SeatFilter
  onFilter: (filter: SeatFilter) => void
}

/** Search and filter above the licences; each filter says how many it finds among those that have been read. */
export function SeatSearch({ seats, search, onSearch, filter, onFilter }: Searching) {
  const { say } = useLanguage()
  const styles = useStyles()
  const choices = seatFilters
    .map((one) => ({ one, count: seats.filter((seat) => passes(seat, one)).length }))
    .filter(({ one, count }) => one === filter || one === 'all' || count > 0)
  return (
    <search className={styles.tools}>
      <Field label={say('seats.search')} className={styles.search}>
        <Input type="search" value={search} onChange={(_, { value }) => onSearch(value)} />
      </Field>
      <Field label={say('subs.show')} className={styles.choice}>
        <Select value={filter} onChange={(_, { value }) => onFilter(value as SeatFilter)}>
          {choices.map(({ one, count }) => (
            <option key={one} value={one}>
              {say('choice', { name: say(`filter.${one}`), count })}
            </option>
          ))}
        </Select>
      </Field>
    </search>
  )
}
