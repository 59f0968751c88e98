import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { frameOf } from '@securemailmerge/shared/http/frame'
import { Directory } from '@securemailmerge/shared/licensing/directory'
import { Erasures } from '@securemailmerge/shared/licensing/erasures'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'
import { Operations } from '@securemailmerge/shared/operations'

/** Everything that seat-assignment runs on. */
export function wiring(env?: NodeJS.ProcessEnv) {
  const config = readConfig('seat-assignment', env)
  const stores = azure(config)
  const operations = new Operations(stores.items('operations'), 'seat-assignment', config.now)
  const frame = frameOf('seat-assignment', config, stores.items('sessions'), () => operations.isOn('read_only'))
  const directory = new Directory(stores.items('directory'))
  const subscriptions = new Subscriptions(stores.items('subscriptions'), directory)
  const erasures = new Erasures(stores.items('operations'), 'seat-assignment')
  const queues = { uses: stores.queue('seat-uses'), commands: stores.queue('seat-assignment-commands') }
  const { origin, now } = config
  return { origin, frame, now, directory, subscriptions, operations, erasures, queues, close: stores.close }
}

/** What the triggers of seat-assignment are given. */
export type Services = ReturnType<typeof wiring>
