import { mergeClasses } from '@fluentui/react-components'
import { memo, type Ref } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { seatState } from './seat-state.ts'
import { useTableStyles } from './table-styles.ts'

interface Row {
  seat: Seat
  index: number
  measure: Ref<HTMLTableRowElement>
  isChosen: boolean
  /** Whether the tab key comes to this row, of all of the table. */
  isHere: boolean
  mayChange: boolean
  onToggle: (index: number, asRange: boolean) => void
  onHere: (index: number) => void
  onMore: (index: number) => void
}

/** One licence: for whom it is, and how it stands. */
export const SeatRow = memo(function SeatRow(props: Row) {
  const { seat, index, measure, isChosen, isHere, mayChange, onToggle, onHere, onMore } = props
  const { say } = useLanguage()
  const styles = useTableStyles()
  const tabIndex = isHere ? 0 : -1
  const acts = mayChange && seat.state !== 'released'
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={acts ? isChosen : undefined}
      tabIndex={tabIndex}
      className={mergeClasses(styles.row, isChosen && styles.chosen)}
      onFocus={() => onHere(index)}
    >
      <td className={styles.middle}>
        {acts && (
          <input
            type="checkbox"
            className={styles.tick}
            tabIndex={tabIndex}
            checked={isChosen}
            aria-label={say('seats.select', { address: seat.typed })}
            onChange={({ nativeEvent }) => onToggle(index, (nativeEvent as MouseEvent).shiftKey)}
          />
        )}
      </td>
      <td className={styles.cell}>
        {seat.typed}
        <div className={styles.below}>
          <State seat={seat} />
        </div>
      </td>
      <td className={mergeClasses(styles.cell, styles.beside)}>
        <State seat={seat} />
      </td>
      <td className={styles.middle}>
        {acts && (
          <button
            type="button"
            className={styles.more}
            tabIndex={tabIndex}
            aria-haspopup="menu"
            aria-label={say('seats.more_for', { address: seat.typed })}
            onClick={() => onMore(index)}
          >
            ⋯
          </button>
        )}
      </td>
    </tr>
  )
})

function State({ seat }: { seat: Seat }) {
  const { say, day } = useLanguage()
  const styles = useTableStyles()
  const { state, at } = seatState(seat)
  return (
    <>
      <span className={styles.state}>{say(`seat.${state}`, { day: at === null ? '' : day(at) })}</span>
      {seat.overQuantity && (
        <>
          {' '}
          <span className={styles.over}>{say('seat.over_quantity')}</span>
        </>
      )}
    </>
  )
}
