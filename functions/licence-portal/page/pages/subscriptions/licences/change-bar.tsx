import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components'
import { useEffect } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import type { Changing } from './desks.ts'
import type { Progress } from './run.ts'
import { RunProgress } from './run-progress.tsx'
import type { Deed } from './seat-changes.ts'
import { canUndo } from './sure.ts'
import type { AtDesk } from './use-desk.ts'
import { useKeptFocus } from './use-kept-focus.ts'

const SHOWN_MS = 2 * 60_000
const outcomes = { withdraw: 'withdrawn', rebind: 'rebound', undo: 'assigned' } as const

const useStyles = makeStyles({
  bar: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusMedium,
  },
  acts: { display: 'flex', gap: tokens.spacingHorizontalS },
  whole: { ':focus': { outlineStyle: 'none' } },
  // No room is left for what is not there, nor a gap beside it.
  nothing: { position: 'absolute' },
})

interface Shown {
  subscription: Subscription
  desk: AtDesk
}

/** What is being done with licences that were selected, what came of it, and for a while a way back. */
export function ChangeBar({ subscription, desk }: Shown) {
  const styles = useStyles()
  const { changing, changed } = desk
  const kept = useKeptFocus()
  const isDone = changed?.phase === 'done'
  return (
    <div {...kept} className={mergeClasses(styles.whole, !changing && styles.nothing)}>
      {changing && changed && !isDone && (
        <UnderWay subscription={subscription} desk={desk} changing={changing} changed={changed} />
      )}
      {/* It stands there before there is anything to say: else nothing of it would be read out. */}
      <div role="status">
        {changing && isDone && <Done subscription={subscription} desk={desk} changing={changing} changed={changed} />}
      </div>
    </div>
  )
}

interface OfOne extends Shown {
  changing: Changing
  changed: Progress<Deed>
}

function UnderWay({ changing, changed, desk, subscription }: OfOne) {
  const { say } = useLanguage()
  const styles = useStyles()
  return (
    <div className={styles.bar}>
      <RunProgress
        name={say(`${changing.kind}.running`)}
        progress={changed}
        onStop={() => changing.run.stop()}
        onGoOn={() => desk.goOn(changing.run)}
      />
      {changing.run.isUnderWay || (
        <div className={styles.acts}>
          {mayUndo(changing, changed, subscription) && <Button onClick={desk.undo}>{say('undo.act')}</Button>}
          <Button onClick={desk.forget}>{say('dialog.close')}</Button>
        </div>
      )}
    </div>
  )
}

function Done({ changing, changed, desk, subscription }: OfOne) {
  const { say } = useLanguage()
  const { forget } = desk
  useEffect(() => {
    const timer = setTimeout(forget, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [forget])
  const hasWayBack = mayUndo(changing, changed, subscription)
  return (
    <MessageBar intent="success">
      <MessageBarBody>
        {say(`${changing.kind}.done`, { count: countOf(changing, changed) })} {hasWayBack && say('undo.means')}
      </MessageBarBody>
      <MessageBarActions>
        {hasWayBack && <Button onClick={desk.undo}>{say('undo.act')}</Button>}
        <Button onClick={forget}>{say('dialog.close')}</Button>
      </MessageBarActions>
    </MessageBar>
  )
}

const countOf = ({ kind }: Changing, { done }: Progress<Deed>): number =>
  done.filter(({ outcome }) => outcome === outcomes[kind]).length

function mayUndo(changing: Changing, changed: Progress<Deed>, subscription: Subscription): boolean {
  const count = countOf(changing, changed)
  return changing.kind === 'withdraw' && count > 0 && canUndo(subscription) && subscription.free >= count
}
