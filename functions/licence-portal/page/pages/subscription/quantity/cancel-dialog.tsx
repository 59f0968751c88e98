import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { lastDayOf } from './cost.ts'

const useStyles = makeStyles({ words: { display: 'grid', gap: tokens.spacingVerticalM } })

interface Asking {
  subscription: Subscription
  isPending: boolean
  onCancel: () => void
}

/** The way to a cancellation: what it means for whom, and until when, is said before it is done. */
export function CancelDialog({ subscription, isPending, onCancel }: Asking) {
  const { say, day } = useLanguage()
  const styles = useStyles()
  const { assigned, name } = subscription
  const last = lastDayOf(subscription, new Date())
  return (
    <Dialog modalType="alert">
      <DialogTrigger disableButtonEnhancement>
        <Button disabledFocusable={isPending}>{say(isPending ? 'ending.working' : 'ending.cancel')}</Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{say('ending.ask', { name })}</DialogTitle>
          <DialogContent className={styles.words}>
            <Text weight="semibold">
              {last ? say('ending.stay_until', { count: assigned, day: day(last) }) : say('ending.stay')}
            </Text>
            <Text>{say('ending.after')}</Text>
            <Text>{say('ending.can_undo')}</Text>
          </DialogContent>
          <DialogActions fluid>
            <DialogTrigger disableButtonEnhancement>
              <Button>{say('ending.keep')}</Button>
            </DialogTrigger>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary" onClick={onCancel}>
                {say('ending.confirm')}
              </Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
