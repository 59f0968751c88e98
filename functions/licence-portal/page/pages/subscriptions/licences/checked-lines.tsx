import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { type Key, useLanguage } from '../../../language/texts.tsx'
import type { Checked, Verdict } from './pasted-list.ts'
import { useScrollBox } from './scroll-box.ts'

const useStyles = makeStyles({
  fault: { color: tokens.colorPaletteRedForeground1 },
  fine: { color: tokens.colorNeutralForeground3 },
})

const words: Record<Verdict, Key> = {
  new: 'verdict.new',
  has_one: 'verdict.has_one',
  twice: 'verdict.twice',
  empty: 'fault.empty',
  invisible_character: 'fault.invisible_character',
  not_an_address: 'fault.not_an_address',
  too_long: 'fault.too_long',
}

/** Each entry of a list, and what would come of it; those that something is wrong with stand first. */
export function CheckedLines({ list }: { list: readonly Checked[] }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const box = useScrollBox()
  if (list.length === 0) return null
  const numbered = list.map((one, index) => ({ ...one, number: index + 1, isFine: one.address !== null }))
  const ordered = [...numbered.filter(({ isFine }) => !isFine), ...numbered.filter(({ isFine }) => isFine)]
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <ol className={box.list} tabIndex={0} aria-label={say('assign.lines')}>
      {ordered.map(({ text, verdict, number, isFine }) => (
        <li key={number} className={box.row}>
          <span className={box.text}>{text}</span>
          <span className={mergeClasses(box.verdict, isFine ? styles.fine : styles.fault)}>{say(words[verdict])}</span>
        </li>
      ))}
    </ol>
  )
}
