import { Button } from '@fluentui/react-components'
import { useDeferredValue, useMemo } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { DialogFrame } from '../../../look/dialog-frame.tsx'
import { AddressBox } from './address-box.tsx'
import { AssignButton } from './assign-button.tsx'
import { BeforeSending } from './before-sending.tsx'
import type { Opened } from './confirm.tsx'
import { Outcomes } from './outcomes.tsx'
import { checked, planOf } from './pasted-list.ts'
import { RunProgress } from './run-progress.tsx'
import type { AtDesk } from './use-desk.ts'

interface Assigning extends Opened {
  subscription: Subscription
  desk: AtDesk
  /** Whether an address has a licence already, as far as is known here. */
  has: (address: string) => boolean
  /** Whether that is known of all. */
  knowsAll: boolean
}

/** Assigns licences to a pasted list of addresses. Closed meanwhile, it goes on. */
export function AssignDialog({ subscription, desk, has, knowsAll, ...opened }: Assigning) {
  const { say } = useLanguage()
  const { assigning, assigned } = desk
  const { run } = assigning
  const draft = useDeferredValue(assigning.draft)
  const list = useMemo(() => checked(draft, has), [draft, has])
  const plan = planOf(list, subscription.licensing ? subscription.free : 0)
  const isRunning = run?.isUnderWay === true
  const actions = (
    <>
      <Button onClick={opened.onClose}>{say('dialog.close')}</Button>
      <AssignButton plan={plan} desk={desk} isChecked={draft === assigning.draft} />
    </>
  )
  return (
    <DialogFrame {...opened} title={say('assign.title')} actions={actions}>
      <AddressBox value={assigning.draft} isReadOnly={isRunning} onChange={desk.draft} />
      {isRunning || <BeforeSending subscription={subscription} list={list} plan={plan} knowsAll={knowsAll} />}
      {assigned && run && <RunProgress name={say('assign.running')} progress={assigned} onStop={() => run.stop()} />}
      {isRunning && <span>{say('assign.may_close')}</span>}
      <Outcomes deeds={[...assigning.before, ...(assigned?.done ?? [])]} isOver={!isRunning} />
    </DialogFrame>
  )
}
