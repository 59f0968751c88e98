import { Text } from '@fluentui/react-components'
import { useLanguage } from '../../language/texts.tsx'
import { CopyText } from '../../look/copy-text.tsx'
import { Panel } from '../../look/panel.tsx'
import { paymentHostList, paymentHosts, signInHost } from './hosts.ts'

/** What a firewall has to let through: one host, and for buyers those of the payment. */
export function Firewall() {
  const { say } = useLanguage()
  return (
    <Panel title={say('it.firewall')}>
      <CopyText label={say('it.one_host')} text={location.host} />
      <Text>{say('it.one_host_text', { host: signInHost })}</Text>
      <CopyText label={say('it.payment_hosts')} text={paymentHosts.join('\n')} />
      <Text>{say('it.payment_hosts_text', { list: paymentHostList })}</Text>
      <Text>{say('it.outage')}</Text>
    </Panel>
  )
}
