import { Button, Text } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'
import { Panel } from '../../../look/panel.tsx'

/** What stands in place of the table while nobody has a licence: how somebody gets one. */
export function NoLicences({ onAssign }: { onAssign: (() => void) | undefined }) {
  const { say } = useLanguage()
  return (
    <Panel title={say('none.title')}>
      <Text>{say('none.text')}</Text>
      <Text>{say('none.you')}</Text>
      {onAssign && (
        <Button appearance="primary" onClick={onAssign}>
          {say('assign.title')}
        </Button>
      )}
    </Panel>
  )
}
