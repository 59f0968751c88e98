import { Button } from '@fluentui/react-components'
import { type Session, signInAddress } from '../../data/session.ts'
import { useLanguage } from '../../language/texts.tsx'

/** Leads to a sign-in, and back to the purchase that this tab is about. */
export function ToSignIn({ session }: { session: Session }) {
  const { say, language } = useLanguage()
  return (
    <Button as="a" appearance="primary" href={signInAddress(`/purchase/confirm?lang=${language}`)}>
      {say(session.signedIn ? 'confirm.other_account' : 'sign_in_microsoft')}
    </Button>
  )
}
