import { Menu, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import type { SeatAct } from './seat-act.ts'

interface Shown {
  seat: Seat
  /** The button that it belongs to. */
  target: HTMLElement
  /** Something is being changed: one thing at a time. */
  isBusy: boolean
  onAct: (act: SeatAct, seats: readonly Seat[]) => void
  onClose: () => void
}

/** What can be done with one licence. */
export function RowMenu({ seat, target, isBusy, onAct, onClose }: Shown) {
  const { say } = useLanguage()
  const close = () => {
    onClose()
    target.focus()
  }
  const choose = (act: SeatAct) => {
    // A dialog that opens now gives the focus back to what has it.
    close()
    onAct(act, [seat])
  }
  const item = (act: SeatAct) => (
    <MenuItem disabled={isBusy} onClick={() => choose(act)}>
      {say(`${act}.act`)}
    </MenuItem>
  )
  return (
    <Menu
      open
      onOpenChange={(_, { open }) => open || close()}
      positioning={{ target, position: 'below', align: 'end' }}
    >
      <MenuPopover>
        <MenuList aria-label={say('seats.more_for', { address: seat.typed })}>
          {item('withdraw')}
          {item('hand_on')}
          {seat.state === 'bound' && item('rebind')}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
