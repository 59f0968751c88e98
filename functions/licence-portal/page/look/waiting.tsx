import { makeStyles, Spinner, tokens } from '@fluentui/react-components'
import { useLanguage } from '../language/texts.tsx'

const useStyles = makeStyles({ waiting: { padding: tokens.spacingVerticalXXXL } })

/** Something is on its way. */
export function Waiting() {
  const { say } = useLanguage()
  return <Spinner className={useStyles().waiting} label={say('loading')} />
}
