import { blobContainer } from '@securemailmerge/shared/azure/blob-storage'
import { azure } from '@securemailmerge/shared/azure/clients'
import { federatedAssertion } from '@securemailmerge/shared/azure/federated-assertion'
import { StoreClock } from '@securemailmerge/shared/azure/store-clock'
import { type Config, readConfig, type SendingConfig } from '@securemailmerge/shared/config'
import { byKey, byManagedIdentity } from '@securemailmerge/shared/entra/client-proof'
import { GrantClient } from '@securemailmerge/shared/entra/grant-client'
import { Mails } from '@securemailmerge/shared/graph/mails'
import { frameOf } from '@securemailmerge/shared/http/frame'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { ProofReader } from '@securemailmerge/shared/identity/proof-reader'
import { Campaigns } from '@securemailmerge/shared/merging/campaigns'
import { Content } from '@securemailmerge/shared/merging/content'
import { Epoch } from '@securemailmerge/shared/merging/epoch'
import { Grants } from '@securemailmerge/shared/merging/grants'
import { Rendering } from '@securemailmerge/shared/merging/rendering'
import { Sealing } from '@securemailmerge/shared/merging/sealing'
import { Sending } from '@securemailmerge/shared/merging/sending'
import { Uploads } from '@securemailmerge/shared/merging/uploads'
import { Operations } from '@securemailmerge/shared/operations'

/** Everything that merge-send-queue runs on. It alone holds mailbox grants, and reads no licensing container (H4). */
export function wiring(env?: NodeJS.ProcessEnv) {
  const config = readConfig('merge-send-queue', env)
  const { now, rate, sending: access } = config
  if (!access) throw new Error('merge-send-queue cannot start. GRANT_KEYS is missing.')
  const stores = azure(config)
  const operations = new Operations(stores.items('operations'), 'merge-send-queue', now)
  const queues = { ticks: stores.queue('ticks'), commands: stores.queue('merge-send-queue-commands') }
  const monotonic = () => performance.now() * rate
  const clock = new StoreClock(monotonic)
  const sending = new Sending(stores.items('sending', clock), clock)
  const tick = (mailboxId: string, number: number, at: Date | null) =>
    queues.ticks.send({ mailboxId, number }, at ? { at } : {})
  const blobs = blobContainer(config, 'content')
  const content = new Content(blobs)
  // Ports of stand-ins differ from run to run; a real account has one name for life.
  const store = config.cosmos.key === null ? config.cosmos.endpoint : 'local'
  const campaigns = new Campaigns(sending, tick)
  const entra = grantClient(config, access)
  const grants = new Grants({ items: stores.items('mailbox-grants'), client: entra, sealing: new Sealing(access.keys) })
  return {
    frame: frameOf('merge-send-queue', config, stores.items('sessions'), () => operations.isOn('read_only')),
    ...{ now, operations, queues, sending, tick, content, campaigns, entra, grants, monotonic },
    epoch: new Epoch(stores.items('sending', clock), blobs, store, () => clock.now()),
    wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / rate)),
    goOn: campaigns.regain.bind(campaigns),
    lostOf: async (mailboxId: string) => (await sending.mailbox(mailboxId))?.lost ?? null,
    // Set when the host is about to stop: what is under way ends, and nothing new begins.
    draining: { isOn: false },
    rendering: new Rendering(content),
    uploads: new Uploads(),
    mails: new Mails({ api: access.graph, now }),
    proofs: new ProofReader(config.origin),
    close: stores.close,
  }
}

function grantClient(
  { authority, audience, origin, now, ...config }: Config,
  { clientKey }: SendingConfig,
): GrantClient {
  return new GrantClient({
    authority,
    clientId: audience,
    proof: clientKey ? byKey(clientKey) : byManagedIdentity(federatedAssertion(config.managedIdentityClientId)),
    returnTo: {
      signIn: `${origin}/api/mailboxes/grants/return`,
      adminConsent: `${origin}/api/mailboxes/admin-consent/return`,
    },
    keys: new KeySet(`${authority}/common/discovery/v2.0/keys`, now),
    now,
  })
}

/** What the triggers of merge-send-queue are given. */
export type Services = ReturnType<typeof wiring>
