import { Button, MessageBar, MessageBarBody, Text } from '@fluentui/react-components'
import { useRef } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { purchasesPath } from '../../../data/subscriptions.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Panel } from '../../../look/panel.tsx'
import { Refused } from '../refused.tsx'
import { useChange } from '../use-change.ts'
import { CancelDialog } from './cancel-dialog.tsx'
import { lastDayOf } from './cost.ts'

/** Whether a subscription goes on: cancelling it, and taking that back. */
export function Ending({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const { id, term } = subscription
  const path = purchasesPath(id)
  const cancel = useChange<object>(id, `${path}/cancel`)
  const undo = useChange<object>(id, `${path}/undo-cancel`)
  const panel = useRef<HTMLDivElement>(null)
  const isCancelled = term === 'cancelled'
  const begin = (one: typeof cancel) => {
    cancel.reset()
    undo.reset()
    // The button that was pressed goes with what it changes: reading goes on at what came of it.
    one.mutate({}, { onSettled: () => panel.current?.focus() })
  }
  const failed = cancel.error ? cancel : undo.error ? undo : undefined
  return (
    <Panel title={say('ending.title')}>
      <div ref={panel} tabIndex={-1} role="status">
        <Text>{isCancelled ? <Cancelled subscription={subscription} /> : <GoesOn subscription={subscription} />}</Text>
      </div>
      {undo.isSuccess && !isCancelled && (
        <MessageBar intent="success" layout="multiline">
          <MessageBarBody>{say('ending.undone')}</MessageBarBody>
        </MessageBar>
      )}
      {failed && <Refused error={failed.error} subscription={subscription} again={() => begin(failed)} />}
      {isCancelled ? (
        <Button disabledFocusable={undo.isPending} onClick={() => begin(undo)}>
          {say(undo.isPending ? 'ending.working' : 'ending.undo')}
        </Button>
      ) : (
        <CancelDialog subscription={subscription} isPending={cancel.isPending} onCancel={() => begin(cancel)} />
      )}
    </Panel>
  )
}

function Cancelled({ subscription: { endsAt } }: { subscription: Subscription }) {
  const { say, day } = useLanguage()
  return endsAt ? say('ending.cancelled_until', { day: day(endsAt) }) : say('ending.cancelled')
}

function GoesOn({ subscription }: { subscription: Subscription }) {
  const { say, day } = useLanguage()
  const last = lastDayOf(subscription, new Date())
  return last ? say('ending.what_until', { day: day(last) }) : say('ending.what')
}
