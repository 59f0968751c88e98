import { mergeClasses } from '@fluentui/react-components'
import { useCallback, useState } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { RowMenu } from './row-menu.tsx'
import type { SeatAct } from './seat-act.ts'
import { SeatRow } from './seat-row.tsx'
import { useTableStyles } from './table-styles.ts'
import { useRows } from './use-rows.ts'
import type { Selection } from './use-selection.ts'

interface Shown {
  seats: readonly Seat[]
  /** Whether there are no more than these. */
  isComplete: boolean
  mayChange: boolean
  isBusy: boolean
  selection: Selection
  onAct: (act: SeatAct, seats: readonly Seat[]) => void
}

/** Licences, thousands of them: only the rows in view are drawn. */
export function SeatTable({ seats, isComplete, mayChange, isBusy, selection, onAct }: Shown) {
  const { say } = useLanguage()
  const styles = useTableStyles()
  const [menu, setMenu] = useState<{ seat: Seat; target: HTMLElement } | null>(null)
  const onMore = useCallback(
    (index: number) => {
      const seat = seats[index]
      const target = document.querySelector<HTMLElement>(`[data-index="${index}"] button`)
      if (seat && target) setMenu({ seat, target })
    },
    [seats],
  )
  const { box, rows, measure, here, setHere, onToggle, keys } = useRows(seats, selection, onMore)
  return (
    <div ref={box} className={styles.box}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows take the focus is a grid
        role="grid"
        className={styles.table}
        aria-label={say('tab.licences')}
        aria-rowcount={isComplete ? seats.length + 1 : -1}
        aria-multiselectable={mayChange}
        {...keys}
      >
        <Head selection={selection} mayChange={mayChange} />
        <tbody>
          {rows.map(({ key, index, gap }) => {
            const seat = index === null ? undefined : seats[index]
            if (index === null || !seat) return <Gap key={key} height={gap} />
            return (
              <SeatRow
                key={key}
                seat={seat}
                index={index}
                measure={measure}
                isChosen={seat.state !== 'released' && selection.has(seat.id)}
                isHere={index === here}
                mayChange={mayChange}
                onToggle={onToggle}
                onHere={setHere}
                onMore={onMore}
              />
            )
          })}
        </tbody>
      </table>
      {menu && <RowMenu {...menu} isBusy={isBusy} onAct={onAct} onClose={() => setMenu(null)} />}
    </div>
  )
}

/** In place of rows that are not in view. */
const Gap = ({ height }: { height: number }) => (
  <tr aria-hidden>
    <td style={{ height, padding: 0 }} />
  </tr>
)

function Head({ selection, mayChange }: Pick<Shown, 'selection' | 'mayChange'>) {
  const { say } = useLanguage()
  const styles = useTableStyles()
  const { isAll, seats, toggleAll } = selection
  const setSome = (input: HTMLInputElement | null) => {
    if (input) input.indeterminate = seats.length > 0 && !isAll
  }
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" className={mergeClasses(styles.head, styles.narrow, styles.middle)}>
          {mayChange && (
            <input
              type="checkbox"
              className={styles.tick}
              checked={isAll}
              ref={setSome}
              aria-label={say('seats.select_all')}
              onChange={toggleAll}
            />
          )}
        </th>
        <th scope="col" className={styles.head}>
          {say('seats.address')}
        </th>
        <th scope="col" className={mergeClasses(styles.head, styles.beside)}>
          {say('seats.state')}
        </th>
        <td className={mergeClasses(styles.head, styles.narrow)} />
      </tr>
    </thead>
  )
}
