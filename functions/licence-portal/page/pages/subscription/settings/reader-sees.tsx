import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'
import { readerSentence } from './reader-sentence.ts'

const useStyles = makeStyles({
  reader: { margin: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: tokens.spacingVerticalXS },
  quote: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    overflowWrap: 'anywhere',
  },
})

/** The sentence that somebody without a licence reads in the add-in, with the contact text as it is being typed. */
export function ReaderSees({ contact }: { contact: string }) {
  const { say, language } = useLanguage()
  const styles = useStyles()
  return (
    <figure className={styles.reader}>
      <figcaption>
        <Text weight="semibold">{say('settings.reads')}</Text>
      </figcaption>
      <blockquote className={styles.quote}>{readerSentence(contact, language)}</blockquote>
    </figure>
  )
}
