import { Button } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useLanguage } from '../../../language/texts.tsx'
import { DialogFrame } from '../../../look/dialog-frame.tsx'

/** Whether a dialog is open, what it was opened from, and how it is closed. */
export interface Opened {
  isOpen: boolean
  opener: Element | null
  onClose: () => void
}

interface Asking extends Opened {
  title: string
  children: ReactNode
  /** What is done, on its button. Without it there is nothing to do but to close. */
  act?: string
  isDisabled?: boolean
  onAct?: () => void
}

/** Asks before something is done. */
export function Confirm({ title, children, act, isDisabled = false, onAct, ...opened }: Asking) {
  const { say } = useLanguage()
  const actions = (
    <>
      <Button onClick={opened.onClose}>{say(act ? 'dialog.cancel' : 'dialog.close')}</Button>
      {act && (
        <Button appearance="primary" disabledFocusable={isDisabled} onClick={onAct}>
          {act}
        </Button>
      )}
    </>
  )
  return (
    <DialogFrame {...opened} title={title} actions={actions}>
      {children}
    </DialogFrame>
  )
}
