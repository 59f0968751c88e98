import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import { useState } from 'react'
import { type Person, signInAddress } from '../data/session.ts'
import type { Why } from '../data/sign-in-gate.ts'
import { useLanguage } from '../language/texts.tsx'

const useStyles = makeStyles({
  words: { display: 'grid', gap: tokens.spacingVerticalM },
  go: { whiteSpace: 'nowrap' },
})

interface Again {
  /** Null: it is not needed, or not any more. */
  why: Why | null
  /** Who was signed in, as far as that is known. */
  person: Person | undefined
  /** The person does not want to. */
  onLeave: () => void
}

/** Says why a sign-in is needed once more, and leads to it in another window: nothing on this page is lost. */
export default function SignInAgain({ why, person, onLeave }: Again) {
  // What it says stays while it goes away.
  const [said, setSaid] = useState<Why>('ended')
  if (why && why !== said) setSaid(why)
  const leave = (type: string) => {
    // A click beside it is no wish to give up.
    if (type !== 'backdropClick') onLeave()
  }
  return (
    <Dialog open={why !== null} onOpenChange={(_, { open, type }) => !open && leave(type)}>
      <DialogSurface>
        <Asked why={said} person={person} onLeave={onLeave} />
      </DialogSurface>
    </Dialog>
  )
}

function Asked({ why, person, onLeave }: Again & { why: Why }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const [isAway, setAway] = useState(false)
  return (
    <DialogBody>
      <DialogTitle>{say(why === 'ended' ? 'again.ended' : 'again.not_fresh')}</DialogTitle>
      <DialogContent className={styles.words}>
        <Text>{say(why === 'ended' ? 'again.ended_text' : 'again.not_fresh_text')}</Text>
        {person && <Text>{say('again.account', { account: person.address ?? person.name })}</Text>}
        <Text role="status">{isAway ? say('again.waiting') : ''}</Text>
      </DialogContent>
      <DialogActions>
        <Button onClick={onLeave}>{say('again.leave')}</Button>
        <Button
          as="a"
          className={styles.go}
          appearance="primary"
          href={signInAddress('/sign-in/done', why === 'not_fresh')}
          target="_blank"
          onClick={() => setAway(true)}
        >
          {say(isAway ? 'again.once_more' : 'sign_in_microsoft')}
        </Button>
      </DialogActions>
    </DialogBody>
  )
}
