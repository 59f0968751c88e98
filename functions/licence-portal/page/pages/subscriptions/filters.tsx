import { Field, Input, makeStyles, Select, tokens } from '@fluentui/react-components'
import type { Key } from '../../language/texts.tsx'
import { useLanguage } from '../../language/texts.tsx'
import type { choices, Wanted } from './found.ts'

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  search: { flex: '1 1 16rem', maxWidth: '32rem' },
  choice: { flex: '0 1 16rem' },
})

interface Filtering {
  search: string
  onSearch: (search: string) => void
  wanted: Wanted
  onWanted: (wanted: Wanted) => void
  offered: ReturnType<typeof choices>
}

/** Search and filter above the list of subscriptions. */
export function Filters({ search, onSearch, wanted, onWanted, offered }: Filtering) {
  const { say } = useLanguage()
  const styles = useStyles()
  const nameOf = (one: Wanted): Key => (one === 'all' || one === 'attention' ? `subs.${one}` : `state.${one}`)
  return (
    <search className={styles.filters}>
      <Field label={say('subs.search')} className={styles.search}>
        <Input type="search" value={search} onChange={(_, { value }) => onSearch(value)} />
      </Field>
      <Field label={say('subs.show')} className={styles.choice}>
        <Select value={wanted} onChange={(_, { value }) => onWanted(value as Wanted)}>
          {offered.map(({ wanted: one, count }) => (
            <option key={one} value={one}>
              {say('choice', { name: say(nameOf(one)), count })}
            </option>
          ))}
        </Select>
      </Field>
    </search>
  )
}
