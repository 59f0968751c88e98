import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { useId, useState } from 'react'
import { useLanguage } from '../../../language/texts.tsx'
import { shownAddress } from './addresses.ts'

/** So many are shown without being asked for. */
const FEW = 4

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: `${tokens.spacingVerticalXXS} ${tokens.spacingHorizontalM}`,
    color: tokens.colorNeutralForeground2,
  },
})

/** Addresses; of many only the first, until all are asked for. */
export function AddressList({ addresses }: { addresses: readonly string[] }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  if (addresses.length === 0) return null
  // Two more are hardly longer than the button that would hide them.
  const isLong = addresses.length > FEW + 2
  const shown = isLong && !isOpen ? addresses.slice(0, FEW) : addresses
  return (
    <>
      <ul id={id} className={styles.list}>
        {shown.map((address, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: several who were erased have the same address
          <li key={index}>{shownAddress(say, address)}</li>
        ))}
      </ul>
      {isLong && (
        <Button size="small" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          {isOpen ? say('history.fewer') : say('history.all', { count: addresses.length })}
        </Button>
      )}
    </>
  )
}
