import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'
import type { AtDesk } from './use-desk.ts'

const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
})

/** That a list is still being assigned whose dialog is closed, and the way back to it. */
export function AssigningLine({ desk, onShow }: { desk: AtDesk; onShow: () => void }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { assigned } = desk
  if (!assigned || assigned.phase === 'done') return null
  const { phase, done, total } = assigned
  return (
    <div className={styles.line}>
      <span role="status">
        {say('run.so_far', { name: say('assign.running'), done: done.length, total })}{' '}
        {phase === 'refused' && say('assign.halted')}
      </span>
      <Button onClick={onShow}>{say('assign.see')}</Button>
    </div>
  )
}
