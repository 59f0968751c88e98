import { makeStyles, Text, tokens } from '@fluentui/react-components'
import type { Language } from '../../language/format.ts'
import { MoreTexts, TextsIn, useLanguage } from '../../language/texts.tsx'
import { CopyText } from '../../look/copy-text.tsx'
import { Panel } from '../../look/panel.tsx'

const useStyles = makeStyles({
  text: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: tokens.spacingVerticalS, width: '100%' },
})

/** The two steps in words to pass on, in both languages: people are told in theirs, whoever tells them. */
export function StepsToTell() {
  const { say, language } = useLanguage()
  const languages: Language[] = language === 'fr' ? ['fr', 'en'] : ['en', 'fr']
  return (
    <Panel title={say('steps.title')}>
      <Text>{say('it.steps_intro')}</Text>
      {languages.map((one) => (
        <TextsIn key={one} language={one}>
          <MoreTexts group="it">
            <ToCopy language={one} />
          </MoreTexts>
        </TextsIn>
      ))}
    </Panel>
  )
}

function ToCopy({ language }: { language: Language }) {
  const { say } = useLanguage()
  const styles = useStyles()
  return (
    <div lang={language} className={styles.text}>
      <CopyText label={say('it.steps_label')} text={say('it.steps_text', { origin: location.origin })} />
    </div>
  )
}
