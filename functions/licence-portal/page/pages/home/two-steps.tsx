import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useLanguage } from '../../language/texts.tsx'
import { CopyText } from '../../look/copy-text.tsx'
import { Panel } from '../../look/panel.tsx'

const useStyles = makeStyles({
  steps: { margin: 0, paddingLeft: tokens.spacingHorizontalXL, display: 'grid', gap: tokens.spacingVerticalS },
})

/** That installing and licensing are two steps, and a text that tells one's people so. */
export function TwoSteps() {
  const { say } = useLanguage()
  return (
    <Panel title={say('steps.title')}>
      <ol className={useStyles().steps}>
        <li>
          <Text>
            <strong>{say('steps.install')}</strong> {say('steps.install_text')}
          </Text>
        </li>
        <li>
          <Text>
            <strong>{say('steps.license')}</strong> {say('steps.license_text')}
          </Text>
        </li>
      </ol>
      <CopyText label={say('steps.for_people')} text={say('steps.people_text')} />
    </Panel>
  )
}
