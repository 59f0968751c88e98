import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { type FormEvent, useRef } from 'react'
import type { Subscription } from '../../../data/answers.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { DetailField } from './detail-field.tsx'
import { detailNames, shownIn } from './draft.ts'
import { NotSaved } from './not-saved.tsx'
import { ReaderSees } from './reader-sees.tsx'
import { useDetails } from './use-details.ts'
import type { Wrong } from './wrong.ts'

const useStyles = makeStyles({
  form: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalL,
    width: '100%',
    maxWidth: '40rem',
  },
  act: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
})

/** Name, reference and contact text; below them what people read who have no licence. */
export function DetailsForm({ subscription }: { subscription: Subscription }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const form = useRef<HTMLFormElement>(null)
  const { draft, type, save, wrong, change, hasChanges } = useDetails(subscription)
  const focusOn = (found: Wrong) => {
    const field = form.current?.elements.namedItem(Object.keys(found)[0] ?? '')
    if (field instanceof HTMLElement) field.focus()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save(focusOn)
  }
  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      {detailNames.map((name) => (
        <DetailField
          key={name}
          name={name}
          value={shownIn(draft, subscription, name)}
          wrong={wrong[name]}
          onType={(text) => type(name, text)}
        />
      ))}
      <ReaderSees contact={shownIn(draft, subscription, 'contact')} />
      {change.error && <NotSaved error={change.error} wrong={wrong} again={() => save(focusOn)} />}
      <div className={styles.act}>
        <Button appearance="primary" type="submit" disabledFocusable={change.isPending || !hasChanges}>
          {say(change.isPending ? 'settings.saving' : 'settings.save')}
        </Button>
        <Text role="status">{change.isSuccess && !hasChanges ? say('settings.saved') : ''}</Text>
      </div>
    </form>
  )
}
