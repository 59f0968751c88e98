import { join } from 'node:path'
import { azure } from '@securemailmerge/shared/azure/clients'
import { federatedAssertion } from '@securemailmerge/shared/azure/federated-assertion'
import { type Config, readConfig } from '@securemailmerge/shared/config'
import { byKey, byManagedIdentity } from '@securemailmerge/shared/entra/client-proof'
import { SignInClient } from '@securemailmerge/shared/entra/sign-in-client'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { Sessions } from '@securemailmerge/shared/identity/sessions'
import { isBuilt } from '@securemailmerge/shared/version'
import { pageFiles } from './page-files.ts'

/** Where the built page lies: beside the bundle; sources that run as they are take what was built last. */
const built = join(import.meta.dirname, ...(isBuilt ? ['page'] : ['..', '..', 'dist', 'licence-portal', 'page']))

/**
 * Everything that licence-portal runs on. It alone writes sessions, holds no secret, and no token longer than it takes to
 * read one.
 */
export function wiring(env?: NodeJS.ProcessEnv, folder = built) {
  const config = readConfig('licence-portal', env)
  const { frontDoorId, origin, now } = config
  const stores = azure(config)
  return {
    frame: { service: 'licence-portal', frontDoorId, origin, now },
    sessions: new Sessions(stores.items('sessions')),
    entra: signInClient(config),
    files: pageFiles(folder),
    close: stores.close,
  }
}

function signInClient({ authority, audience, origin, now, ...config }: Config): SignInClient {
  const key = config.signIn?.clientKey
  return new SignInClient({
    ...{ authority, clientId: audience, now },
    proof: key ? byKey(key) : byManagedIdentity(federatedAssertion(config.managedIdentityClientId)),
    returnTo: { signIn: `${origin}/api/session/callback`, signOut: `${origin}/signed-out` },
    keys: new KeySet(`${authority}/common/discovery/v2.0/keys`, now),
  })
}

/** What the triggers of licence-portal are given. */
export type Services = ReturnType<typeof wiring>
