import { Text } from '@fluentui/react-components'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Seat, Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Waiting } from '../../../look/waiting.tsx'
import { AssigningLine } from './assigning-line.tsx'
import { ChangeBar } from './change-bar.tsx'
import { type Asked, Dialogs } from './dialogs.tsx'
import { NoLicences } from './no-licences.tsx'
import { OverBanner } from './over-banner.tsx'
import { ReadingLine } from './reading-line.tsx'
import type { SeatAct } from './seat-act.ts'
import { SeatActs } from './seat-acts.tsx'
import { SeatSearch } from './seat-search.tsx'
import type { SeatFilter } from './seat-state.ts'
import { SeatTable } from './seat-table.tsx'
import { isSentToAssign, openedToAssign } from './sent-to-assign.ts'
import { asksFirst } from './sure.ts'
import { useAsked } from './use-asked.ts'
import { type AtDesk, useDesk } from './use-desk.ts'
import { useFound } from './use-found.ts'
import { type Seats, useSeats } from './use-seats.ts'
import { useSelection } from './use-selection.ts'

/** The licences of a subscription: who has one, who uses it, and all that can be done with them. */
export default function Licences({ subscription }: { subscription: Subscription }) {
  const desk = useDesk(subscription.id)
  const read = useSeats(subscription, desk.isBusy)
  const { asked, ask, close } = useAsked(() => (isSentToAssign() ? { act: 'assign', seats: [] } : null))
  useEffect(openedToAssign, [])
  const { seats, isComplete } = read
  const held = useMemo(
    () => new Set(seats?.flatMap(({ address, state }) => (state === 'released' ? [] : [address]))),
    [seats],
  )
  const has = useCallback((address: string) => held.has(address), [held])
  const assign = useCallback(() => ask({ act: 'assign', seats: [] }), [ask])
  const mayChange = subscription.may.includes('assign')
  if (!seats && !read.error) return <Waiting />
  return (
    <>
      <ChangeBar subscription={subscription} desk={desk} />
      {(asked?.act === 'assign' && asked.isOpen) || <AssigningLine desk={desk} onShow={assign} />}
      {isComplete && seats?.length === 0 ? (
        <NoLicences onAssign={mayChange ? assign : undefined} />
      ) : (
        <Board subscription={subscription} desk={desk} read={read} mayChange={mayChange} onAsk={ask} />
      )}
      {asked && (
        <Dialogs
          key={asked.number}
          asked={asked}
          isOpen={asked.isOpen}
          opener={asked.opener}
          subscription={subscription}
          desk={desk}
          has={has}
          knowsAll={isComplete}
          onClose={close}
        />
      )}
    </>
  )
}

interface Shown {
  subscription: Subscription
  desk: AtDesk
  read: Seats
  mayChange: boolean
  onAsk: (asked: Asked) => void
}

function Board({ subscription, desk, read, mayChange, onAsk }: Shown) {
  const { say } = useLanguage()
  const [search, setSearch] = useState('')
  const [wanted, setFilter] = useState<SeatFilter>('all')
  // Once the last of these is withdrawn, nobody wants to see none of them.
  const filter = wanted === 'over_quantity' && subscription.overQuantity === 0 ? 'all' : wanted
  const found = useFound(subscription.id, read, search, filter)
  const selection = useSelection(found)
  const { seats = [], isComplete } = read
  const { withdraw, isBusy } = desk
  const act = useCallback(
    (act: SeatAct, chosen: readonly Seat[]) => {
      if (act === 'withdraw' && !asksFirst(chosen.length, subscription)) withdraw(chosen)
      else onAsk({ act, seats: chosen })
    },
    [subscription, withdraw, onAsk],
  )
  return (
    <>
      <OverBanner subscription={subscription} seats={seats} onShow={() => setFilter('over_quantity')} />
      <SeatSearch seats={seats} search={search} onSearch={setSearch} filter={filter} onFilter={setFilter} />
      {mayChange && (
        <SeatActs
          selected={selection.seats}
          isBusy={isBusy}
          read={read}
          onAssign={() => onAsk({ act: 'assign', seats: [] })}
          onAct={act}
        />
      )}
      <ReadingLine read={read} found={found.length} selected={selection.seats.length} subscription={subscription} />
      {found.length === 0 ? (
        isComplete && <Text>{say('seats.none_found')}</Text>
      ) : (
        <SeatTable
          seats={found}
          isComplete={isComplete}
          mayChange={mayChange}
          isBusy={isBusy}
          selection={selection}
          onAct={act}
        />
      )}
    </>
  )
}
