import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import type { Frame } from '@securemailmerge/shared/http/endpoint'
import { Limits } from '@securemailmerge/shared/http/limits'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { Tokens } from '@securemailmerge/shared/identity/tokens'
import { Directory } from '@securemailmerge/shared/licensing/directory'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'
import { Operations } from '@securemailmerge/shared/operations'

/** Everything that seat-assignment runs on. */
export function wiring(env?: NodeJS.ProcessEnv) {
  const config = readConfig('seat-assignment', env)
  const { origin, authority, audience, clients, now } = config
  const keys = new KeySet(`${authority}/common/discovery/v2.0/keys`, now)
  const stores = azure(config)
  const operations = new Operations(stores.items('operations'), 'seat-assignment', now)
  const frame: Frame = {
    service: 'seat-assignment',
    origin,
    tokens: new Tokens({ authority, audience, keys, now }),
    clients,
    limits: new Limits(),
    now,
    isReadOnly: () => operations.isOn('read_only'),
  }
  const directory = new Directory(stores.items('directory'))
  const subscriptions = new Subscriptions(stores.items('subscriptions'), directory)
  return {
    frame,
    now,
    directory,
    subscriptions,
    operations,
    close: stores.close,
  }
}

/** What the triggers of seat-assignment are given. */
export type Services = ReturnType<typeof wiring>
