import { makeStyles, tokens } from '@fluentui/react-components'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef } from 'react'

const ROW_PX = 24

const useStyles = makeStyles({
  box: {
    boxSizing: 'border-box',
    padding: tokens.spacingHorizontalS,
    maxHeight: '14rem',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  list: { listStyleType: 'none', margin: 0, padding: 0, position: 'relative' },
  row: {
    position: 'absolute',
    insetInline: 0,
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: `0 ${tokens.spacingHorizontalM}`,
    paddingBlock: tokens.spacingVerticalXXS,
    overflowWrap: 'anywhere',
  },
})

interface Listed {
  label: string
  count: number
  row: (index: number) => ReactNode
}

/** A list of perhaps thousands of lines in a small box: only those in view are drawn. */
export function LongList({ label, count, row }: Listed) {
  const styles = useStyles()
  const box = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section ref={box} className={styles.box} tabIndex={0} aria-label={label}>
      <ul className={styles.list} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => (
          <li
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            aria-setsize={count}
            aria-posinset={index + 1}
            className={styles.row}
            style={{ transform: `translateY(${start}px)` }}
          >
            {row(index)}
          </li>
        ))}
      </ul>
    </section>
  )
}
