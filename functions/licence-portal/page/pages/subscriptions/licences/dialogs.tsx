import type { Seat, Subscription } from '../../../data/answers.ts'
import { AssignDialog } from './assign-dialog.tsx'
import type { Opened } from './confirm.tsx'
import { ConfirmRebind } from './confirm-rebind.tsx'
import { ConfirmWithdraw } from './confirm-withdraw.tsx'
import { HandOnDialog } from './hand-on-dialog.tsx'
import type { SeatAct } from './seat-act.ts'
import type { AtDesk } from './use-desk.ts'

/** What a dialog is open for, and the licences that it is about. */
export interface Asked {
  act: SeatAct | 'assign'
  seats: readonly Seat[]
}

interface Shown extends Opened {
  asked: Asked
  subscription: Subscription
  desk: AtDesk
  has: (address: string) => boolean
  knowsAll: boolean
}

/** The dialog that is open, or was last. */
export function Dialogs({ asked, subscription, desk, has, knowsAll, ...opened }: Shown) {
  const { act, seats } = asked
  const [seat] = seats
  const then = (go: (seats: readonly Seat[]) => void) => () => {
    go(seats)
    opened.onClose()
  }
  if (act === 'assign')
    return <AssignDialog {...opened} subscription={subscription} desk={desk} has={has} knowsAll={knowsAll} />
  if (act === 'withdraw')
    return <ConfirmWithdraw {...opened} seats={seats} subscription={subscription} onAct={then(desk.withdraw)} />
  if (act === 'rebind') return <ConfirmRebind {...opened} seats={seats} onAct={then(desk.rebind)} />
  return seat && <HandOnDialog {...opened} seat={seat} desk={desk} has={has} />
}
