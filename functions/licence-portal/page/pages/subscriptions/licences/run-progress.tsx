import { Button, makeStyles, ProgressBar, tokens } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'
import type { Progress } from './run.ts'
import type { Deed } from './seat-changes.ts'
import { WhyRefused } from './why-refused.tsx'

const useStyles = makeStyles({
  run: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: tokens.spacingVerticalS },
  line: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
})

interface Shown {
  name: string
  progress: Progress<Deed>
  onStop: () => void
  /** Absent where something else goes on with it. */
  onGoOn?: () => void
}

/** How far a run has come, why it stopped, and a way to stop it or to go on with it. */
export function RunProgress({ name, progress, onStop, onGoOn }: Shown) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { phase, done, total, problem } = progress
  const isRunning = phase === 'running' || phase === 'stopping'
  return (
    <div className={styles.run}>
      {phase === 'refused' && <WhyRefused error={problem} />}
      {phase !== 'done' && <ProgressBar value={done.length} max={total} aria-label={name} />}
      <div className={styles.line}>
        <span role="status">{say('run.so_far', { name, done: done.length, total })}</span>
        {isRunning && (
          <Button onClick={onStop} disabledFocusable={phase === 'stopping'}>
            {say(phase === 'stopping' ? 'run.stopping' : 'run.stop')}
          </Button>
        )}
        {(phase === 'stopped' || phase === 'refused') && onGoOn && <Button onClick={onGoOn}>{say('run.go_on')}</Button>}
      </div>
    </div>
  )
}
