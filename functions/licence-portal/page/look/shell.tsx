import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { signInAddress, useSession, useSignOut } from '../data/session.ts'
import { signInGate } from '../data/sign-in-gate.ts'
import { useLanguage } from '../language/texts.tsx'
import { To } from './to.tsx'

const useStyles = makeStyles({
  bar: {
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  inner: {
    boxSizing: 'border-box',
    maxWidth: '72rem',
    margin: '0 auto',
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalL}`,
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXL}`,
  },
  nav: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    flexGrow: 1,
  },
  person: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  skip: {
    position: 'absolute',
    left: '-999rem',
    ':focus': { left: tokens.spacingHorizontalM, top: tokens.spacingVerticalM, zIndex: 1 },
  },
})

const places = [
  ['/', 'nav.home'],
  ['/subscriptions', 'nav.subscriptions'],
  ['/purchase', 'nav.purchase'],
  ['/it', 'nav.it'],
] as const

/** What is around every page: where one is, where one can go, who is signed in, and the language. */
export function Shell({ children }: { children: ReactNode }) {
  const styles = useStyles()
  const { say, language, speak } = useLanguage()
  const [here] = useLocation()
  const isHere = (path: string) => (path === '/' ? here === '/' : here.startsWith(path))
  const other = language === 'en' ? 'fr' : 'en'
  return (
    <>
      <a href="#main" className={styles.skip}>
        {say('skip')}
      </a>
      <header className={styles.bar}>
        <div className={styles.inner}>
          <Text weight="semibold" size={400}>
            SecureMailMerge
          </Text>
          <nav className={styles.nav} aria-label={say('nav.label')}>
            {places.map(([path, key]) => (
              <To key={path} to={path} current={isHere(path)}>
                {say(key)}
              </To>
            ))}
          </nav>
          <div className={styles.person}>
            <WhoIsHere />
            <Button appearance="subtle" lang={other} onClick={() => speak(other)}>
              {other === 'fr' ? 'Français' : 'English'}
            </Button>
          </div>
        </div>
      </header>
      {children}
    </>
  )
}

function WhoIsHere() {
  const { say } = useLanguage()
  const { session, isOver } = useSession()
  const signOut = useSignOut()
  const [here] = useLocation()
  if (!session) return null
  if (!session.signedIn)
    return (
      <Button as="a" href={signInAddress(here)}>
        {say('sign_in')}
      </Button>
    )
  if (isOver) return <Button onClick={() => void signInGate.ask('ended', false)}>{say('sign_in')}</Button>
  return (
    <>
      <Text>{session.name}</Text>
      <Button appearance="subtle" onClick={() => void signOut(false)}>
        {say('sign_out')}
      </Button>
    </>
  )
}
