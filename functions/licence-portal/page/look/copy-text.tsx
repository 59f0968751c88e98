import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { useLanguage } from '../language/texts.tsx'

const useStyles = makeStyles({
  box: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    fontFamily: 'inherit',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  act: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
})

/** A text to be passed on, and a button that copies it. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const [isCopied, setCopied] = useState(false)
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Where the browser does not let us, the text is there to be selected.
      () => setCopied(false),
    )
  return (
    <>
      <Text weight="semibold">{label}</Text>
      <pre className={styles.box}>{text}</pre>
      <div className={styles.act}>
        <Button onClick={() => void copy()}>{say('copy')}</Button>
        <Text role="status">{isCopied ? say('copied') : ''}</Text>
      </div>
    </>
  )
}
