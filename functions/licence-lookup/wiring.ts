import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import type { Frame } from '@securemailmerge/shared/http/endpoint'
import { Limits } from '@securemailmerge/shared/http/limits'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { Proofs } from '@securemailmerge/shared/identity/proof'
import { Tokens } from '@securemailmerge/shared/identity/tokens'
import { Directory } from '@securemailmerge/shared/licensing/directory'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'

/** Everything that licence-lookup runs on. It writes nothing: it has no store to write to. */
export function wiring(env?: NodeJS.ProcessEnv) {
  const config = readConfig('licence-lookup', env)
  const { origin, authority, audience, clients, now } = config
  const keys = new KeySet(`${authority}/common/discovery/v2.0/keys`, now)
  const frame: Frame = {
    service: 'licence-lookup',
    origin,
    tokens: new Tokens({ authority, audience, keys, now }),
    clients,
    limits: new Limits(),
    now,
    isReadOnly: async () => false,
  }
  const stores = azure(config)
  const directory = new Directory(stores.items('directory'))
  const subscriptions = new Subscriptions(stores.items('subscriptions'), directory)
  const proofs = new Proofs(origin, config.proofKey ?? {}, config.proofOtherKeys)
  return {
    frame,
    directory,
    subscriptions,
    proofs,
    uses: stores.queue('seat-uses'),
    close: stores.close,
  }
}

/** What the triggers of licence-lookup are given. */
export type Services = ReturnType<typeof wiring>
