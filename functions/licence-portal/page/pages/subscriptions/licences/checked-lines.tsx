import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useMemo } from 'react'
import { type Key, useLanguage } from '../../../language/texts.tsx'
import { LongList } from './long-list.tsx'
import type { Checked, Verdict } from './pasted-list.ts'

const useStyles = makeStyles({
  verdict: { marginLeft: 'auto', color: tokens.colorNeutralForeground3 },
  fault: { color: tokens.colorPaletteRedForeground1 },
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
  const ordered = useMemo(
    () => [...list.filter(({ address }) => address === null), ...list.filter(({ address }) => address !== null)],
    [list],
  )
  const row = (index: number) => {
    const one = ordered[index]
    return (
      one && (
        <>
          <span>{one.text}</span>
          <span className={mergeClasses(styles.verdict, one.address === null && styles.fault)}>
            {say(words[one.verdict])}
          </span>
        </>
      )
    )
  }
  return <LongList label={say('assign.lines')} count={ordered.length} row={row} />
}
