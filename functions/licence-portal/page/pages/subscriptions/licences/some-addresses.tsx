import { makeStyles, tokens } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'

const SHOWN = 10

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, overflowWrap: 'anywhere' },
})

/** The first of these addresses, and how many more there are. */
export function SomeAddresses({ addresses }: { addresses: readonly string[] }) {
  const { say } = useLanguage()
  const more = addresses.length - SHOWN
  return (
    <ul className={useStyles().list}>
      {addresses.slice(0, SHOWN).map((address) => (
        <li key={address}>{address}</li>
      ))}
      {more > 0 && <li>{say('seats.more', { count: more })}</li>}
    </ul>
  )
}
