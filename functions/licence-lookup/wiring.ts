import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { frameOf } from '@securemailmerge/shared/http/frame'
import { Proofs } from '@securemailmerge/shared/identity/proof'
import { Directory } from '@securemailmerge/shared/licensing/directory'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'

/** Everything that licence-lookup runs on. Its identity may only read: it writes nothing. */
export function wiring(env?: NodeJS.ProcessEnv) {
  const config = readConfig('licence-lookup', env)
  const { origin } = config
  const stores = azure(config)
  const frame = frameOf('licence-lookup', config, stores.items('sessions'), async () => false)
  const directory = new Directory(stores.items('directory'))
  const subscriptions = new Subscriptions(stores.items('subscriptions'), directory)
  const proofs = new Proofs(origin, config.proofKey ?? {}, config.proofOtherKeys)
  return { frame, origin, directory, subscriptions, proofs, uses: stores.queue('seat-uses'), close: stores.close }
}

/** What the triggers of licence-lookup are given. */
export type Services = ReturnType<typeof wiring>
