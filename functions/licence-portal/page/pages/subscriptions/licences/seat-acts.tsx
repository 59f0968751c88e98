import { Button, makeStyles, tokens } from '@fluentui/react-components'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { ExportButton } from './export-button.tsx'
import type { SeatAct } from './seat-act.ts'
import type { Seats } from './use-seats.ts'

const useStyles = makeStyles({
  acts: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
})

interface Offered {
  selected: readonly Seat[]
  isBusy: boolean
  read: Seats
  onAssign: () => void
  onAct: (act: SeatAct, seats: readonly Seat[]) => void
}

/** What can be done: assigning, what is done with the licences that are selected, and a file of all. */
export function SeatActs({ selected, isBusy, read, onAssign, onAct }: Offered) {
  const { say } = useLanguage()
  const styles = useStyles()
  const none = isBusy || selected.length === 0
  // A button that cannot be pressed now keeps the focus: what was just done with it has emptied the selection.
  const button = (act: SeatAct, isDisabled: boolean) => (
    <Button disabledFocusable={isDisabled} onClick={() => onAct(act, selected)}>
      {say(`${act}.act`)}
    </Button>
  )
  return (
    <div className={styles.acts}>
      <Button appearance="primary" onClick={onAssign}>
        {say('assign.title')}
      </Button>
      {button('withdraw', none)}
      {button('hand_on', isBusy || selected.length !== 1)}
      {button('rebind', none)}
      <ExportButton seats={read.seats ?? []} isComplete={read.isComplete} />
    </div>
  )
}
