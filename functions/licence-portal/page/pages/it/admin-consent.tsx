import { Button, Checkbox, Link, makeStyles, Text } from '@fluentui/react-components'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { AnswerOf } from '../../data/answers.ts'
import { call, Problem } from '../../data/call.ts'
import { leadsOut } from '../../data/leads-out.ts'
import { signInAddress, useSession } from '../../data/session.ts'
import { useLanguage } from '../../language/texts.tsx'
import { CopyText } from '../../look/copy-text.tsx'
import { Failure } from '../../look/failure.tsx'
import { Panel } from '../../look/panel.tsx'

type Consent = AnswerOf<'ask_admin_consent'>

const useStyles = makeStyles({
  choices: { display: 'flex', flexDirection: 'column', margin: 0, padding: 0, border: 'none' },
  legend: { padding: 0 },
})

/** How an administrator agrees for everybody: for licences by signing in, for sending by a link that is made here. */
export function AdminConsent() {
  const { say } = useLanguage()
  const { session } = useSession()
  return (
    <Panel title={say('it.consent')}>
      <Text>{say('it.consent_licences')}</Text>
      <Text>{say('it.consent_sending')}</Text>
      <Text>{say('it.consent_return')}</Text>
      <Text>{say('it.consent_forbid')}</Text>
      {session?.signedIn && <MakeLink />}
      {session && !session.signedIn && (
        <>
          <Text>{say('it.consent_sign_in')}</Text>
          <Button as="a" href={signInAddress('/it')}>
            {say('sign_in_microsoft')}
          </Button>
        </>
      )}
    </Panel>
  )
}

function MakeLink() {
  const { say } = useLanguage()
  const styles = useStyles()
  const [wanted, setWanted] = useState({ shared: false, drafts: false })
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: (body: typeof wanted) => call<Consent>('/api/mailboxes/admin-consent', { method: 'POST', body }),
  })
  const isPersonal = error instanceof Problem && error.code === 'not_allowed'
  return (
    <>
      <fieldset className={styles.choices}>
        <legend className={styles.legend}>{say('it.consent_for')}</legend>
        <Checkbox
          checked={wanted.shared}
          onChange={(_, { checked }) => setWanted({ ...wanted, shared: checked === true })}
          label={say('it.consent_shared')}
        />
        <Checkbox
          checked={wanted.drafts}
          onChange={(_, { checked }) => setWanted({ ...wanted, drafts: checked === true })}
          label={say('it.consent_drafts')}
        />
      </fieldset>
      <Button disabledFocusable={isPending} onClick={() => mutate(wanted)}>
        {say('it.consent_make')}
      </Button>
      <div role="status">{isPersonal && <Text>{say('it.consent_personal')}</Text>}</div>
      {error && !isPersonal && <Failure error={error} />}
      {data && <MadeLink consent={data} />}
    </>
  )
}

function MadeLink({ consent: { url, subject, text } }: { consent: Consent }) {
  const { say } = useLanguage()
  return (
    <>
      {leadsOut(url) && (
        <Link href={url} target="_blank" rel="noreferrer">
          {say('it.consent_open')}
        </Link>
      )}
      <CopyText label={say('it.consent_mail')} text={`${subject}\n\n${text}`} />
    </>
  )
}
