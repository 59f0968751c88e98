import { Button } from '@fluentui/react-components'
import { Problem } from '../../../data/call.ts'
import { useLanguage } from '../../../language/texts.tsx'
import type { Plan } from './pasted-list.ts'
import type { AtDesk } from './use-desk.ts'

/** Sends what can be sent, and says how many licences that takes; or goes on with what was stopped. */
export function AssignButton({ plan, desk, isChecked }: { plan: Plan; desk: AtDesk; isChecked: boolean }) {
  const { say } = useLanguage()
  const { run } = desk.assigning
  if (run && goesOn(desk))
    return (
      <Button appearance="primary" onClick={() => desk.goOn(run)}>
        {say('run.go_on')}
      </Button>
    )
  const count = plan.wanted - plan.missing
  return (
    <Button
      appearance="primary"
      disabledFocusable={!isChecked || run?.isUnderWay || plan.send.length === 0}
      onClick={() => desk.assign(plan.send)}
    >
      {count > 0 ? say('assign.act', { count }) : say('assign.act_none')}
    </Button>
  )
}

/** Whether the same can be sent again: of a list that was changed, or that there are too few free for, another is sent. */
function goesOn({ assigning, assigned }: AtDesk): boolean {
  if (assigning.isEdited || !assigned) return false
  const { phase, problem } = assigned
  return (
    phase === 'stopped' || (phase === 'refused' && !(problem instanceof Problem && problem.code === 'no_free_seat'))
  )
}
