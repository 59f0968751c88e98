import { randomBytes } from 'node:crypto'
import { CosmosClient } from '@azure/cosmos'
import type { HttpHandler } from '@azure/functions'
import { Items } from '@securemailmerge/shared/azure/items'
import { byKey } from '@securemailmerge/shared/entra/client-proof'
import { GrantClient } from '@securemailmerge/shared/entra/grant-client'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import type { Frame } from '@securemailmerge/shared/http/endpoint'
import { Limits } from '@securemailmerge/shared/http/limits'
import { KeySet } from '@securemailmerge/shared/identity/key-set'
import { Sessions } from '@securemailmerge/shared/identity/sessions'
import { Tokens } from '@securemailmerge/shared/identity/tokens'
import { Grants } from '@securemailmerge/shared/merging/grants'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { type KeyRing, Sealing } from '@securemailmerge/shared/merging/sealing'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { askAdminConsent } from '../../functions/merge-send-queue/ask-admin-consent.ts'
import { beginMailboxGrant } from '../../functions/merge-send-queue/begin-mailbox-grant.ts'
import { endMailboxGrant } from '../../functions/merge-send-queue/end-mailbox-grant.ts'
import { finishMailboxGrant } from '../../functions/merge-send-queue/finish-mailbox-grant.ts'
import { listMailboxes } from '../../functions/merge-send-queue/list-mailboxes.ts'
import type { MailboxServices } from '../../functions/merge-send-queue/mailbox-services.ts'
import { returnFromAdminConsent } from '../../functions/merge-send-queue/return-from-admin-consent.ts'
import { startCosmos } from '../../infra/local/cosmos/start-cosmos.ts'
import { type CastKey, cast, localClientIds } from '../../infra/local/identity/cast.ts'
import { startIdentity } from '../../infra/local/identity/server.ts'
import { type Got, invoke } from './invoke.ts'
import { signInAt } from './sign-in.ts'

const origin = 'http://localhost:4280'

/** Mailbox grants on in-process stand-ins of Cosmos and Entra: real clients, real tokens, a clock that a test moves. */
export type Mailboxes = Awaited<ReturnType<typeof startMailboxes>>

/** A key to seal grants with. */
export const aKey = (kid: string) => ({ kty: 'oct' as const, kid, k: randomBytes(32).toString('base64url') })

/** @param registrations another file than that of the product, as `startIdentity` takes it */
export async function startMailboxes(registrations?: string) {
  let offset = 0
  const now = () => new Date(Date.now() + offset)
  const [cosmos, identity] = await Promise.all([
    startCosmos({ now }),
    startIdentity({ now, ...(registrations && { registrations }) }),
  ])
  const { endpoint, key } = cosmos
  const connectionPolicy = { enableEndpointDiscovery: false, requestTimeout: 5_000 }
  const store = new CosmosClient({ endpoint, key, connectionPolicy })
  const items = new Items(store.database(names.database).container('mailbox-grants'))
  const { authority } = identity
  const keys = new KeySet(`${authority}/common/discovery/v2.0/keys`, now)
  const entra = new GrantClient({
    ...{ authority, clientId: localClientIds.sendingApi, proof: byKey(identity.clientKey), keys, now },
    returnTo: {
      signIn: `${origin}/api/mailboxes/grants/return`,
      adminConsent: `${origin}/api/mailboxes/admin-consent/return`,
    },
  })
  const ring: KeyRing = { current: aKey('2027-01'), others: [] }
  /** A host of its own: it remembers no token of another. */
  const host = (keyRing = ring) => new Grants({ items, client: entra, sealing: new Sealing(keyRing) })
  const grants = host()
  const frame: Frame = {
    service: 'merge-send-queue',
    tokens: new Tokens({ authority, audience: localClientIds.sendingApi, keys, now }),
    clients: { addIn: localClientIds.addIn, portal: localClientIds.portal },
    limits: new Limits(),
    sessions: new Sessions(new Items(store.database(names.database).container('sessions'))),
    ...{ origin, frontDoorId: null, now, isReadOnly: async () => false },
  }
  const wentOn: string[] = []
  const goOn = async (mailboxId: string) => void wentOn.push(mailboxId)
  const services: MailboxServices = { frame, grants, entra, goOn, lostOf: async () => null }
  const handlers: Record<keyof typeof mailboxes, HttpHandler> = {
    begin_mailbox_grant: beginMailboxGrant(services),
    list_mailboxes: listMailboxes(services),
    end_mailbox_grant: endMailboxGrant(services),
    ask_admin_consent: askAdminConsent(services),
  }
  const pages = { signIn: finishMailboxGrant(services), adminConsent: returnFromAdminConsent() }

  async function call(
    name: keyof typeof mailboxes,
    as: CastKey,
    {
      body,
      params,
      headers,
    }: { body?: object; params?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Got> {
    const { access_token } = await identity.issue({ person: as, client: 'addIn', audience: 'sendingApi' })
    const { method } = mailboxes[name]
    return invoke(handlers[name], name, {
      ...{ method, headers: { authorization: `Bearer ${access_token}`, ...headers } },
      ...(params ? { params } : {}),
      ...(method === 'POST' ? { body: body ?? {} } : {}),
    })
  }

  /** Opens the page that a browser is sent back to. */
  const open = (url: URL, page: keyof typeof pages = 'signIn', language = 'en'): Promise<Got> =>
    invoke(pages[page], page, {
      ...{ method: 'GET', url: url.href, query: Object.fromEntries(url.searchParams) },
      headers: { 'accept-language': language },
    })

  /** Somebody allows sending from their mailbox, all the way. Answers the id of the grant. */
  async function allow(person: CastKey, wish: object = {}, signsIn: CastKey = person): Promise<string> {
    const { status, json } = await call('begin_mailbox_grant', person, { body: wish })
    if (status !== 200) throw new Error(`begin_mailbox_grant: ${status} ${json?.title}`)
    const page = await open(await signInAt(String(json.signInUrl), signsIn))
    if (!page.text.includes('Sending is switched on')) throw new Error(page.text)
    return String(json.grantId)
  }

  const close = async () => {
    store.dispose()
    await Promise.all([identity.close(), cosmos.close()])
  }
  return {
    ...{ cosmos, identity, items, entra, grants, host, ring, services, wentOn, now },
    ...{ call, open, allow, close },
    idOf: (person: CastKey) => mailboxIdOf(cast[person]),
    /** What the store holds for somebody. */
    stored: (person: CastKey, kind = 'grant') =>
      cosmos.items('mailbox-grants', mailboxIdOf(cast[person])).filter((item) => item.kind === kind),
    token: (person: CastKey, from = grants) => from.token(mailboxIdOf(cast[person]), now()),
    advance: (ms: number) => {
      offset += ms
    },
  }
}
