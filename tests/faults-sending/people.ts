import { listStored, start } from '@securemailmerge/shared/merging/acts'
import type { Campaign, SendingMode } from '@securemailmerge/shared/merging/campaign'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { storeList } from '@securemailmerge/shared/merging/store-list'
import { Refusal } from '@securemailmerge/shared/refusal'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import { signInAt } from '../kit/sign-in.ts'
import type { World } from './world.ts'

/** A campaign as its sender knows it. */
export interface Known {
  id: string
  rows: number
  /** When it was started, ms. */
  at: number
}

/** Somebody who sends. */
export interface Person {
  key: CastKey
  account: { tenantId: string; objectId: string }
  mailboxId: string
  address: string
  mode: SendingMode
  campaigns: Known[]
}

type Ids = 'survives' | 'replaced'
type Second = 'not_found' | 'sent_again'

/** Both modes; of drafts, every way in which Exchange has been seen to behave (E2), with indexes that lag behind. */
const casting: [CastKey, SendingMode, Ids, Second, lagSeconds: number][] = [
  ['olivia', 'draft', 'survives', 'not_found', 0],
  ['amir', 'draft', 'replaced', 'not_found', 400],
  ['bea', 'draft', 'survives', 'sent_again', 0],
  ['carla', 'draft', 'replaced', 'sent_again', 200],
  ['lee', 'send', 'survives', 'not_found', 0],
]

/** Everybody signs in, each with a mailbox of their own ways. */
export async function everybodyOf(world: World): Promise<Person[]> {
  const all: Person[] = []
  for (const [key, mode, idAfterSend, secondSend, indexLagSeconds] of casting) {
    const { tenantId, objectId, mail } = cast[key]
    world.graph.act.behave(mail, { idAfterSend, secondSend, indexLagSeconds })
    const account = { tenantId, objectId }
    const person: Person = { key, account, mailboxId: mailboxIdOf(account), address: mail, mode, campaigns: [] }
    await signIn(world, person)
    all.push(person)
  }
  return all
}

/** Allows sending, as a browser would, and goes on. */
export async function signIn({ services, now }: World, { key, account, mailboxId, mode }: Person): Promise<void> {
  const wish = { drafts: mode === 'draft', shared: false, loginHint: null }
  const { signInUrl } = await again(() => services.grants.begin(account, wish, now()))
  const { searchParams } = await signInAt(signInUrl, key)
  const of = (name: string) => searchParams.get(name)
  const returned = { state: of('state'), code: of('code'), error: of('error'), error_description: null }
  // A fault may spoil it: somebody who is shown that tries once more.
  const finished = await services.grants.finish(returned, now()).catch(() => null)
  if (finished?.outcome === 'done') await again(() => services.goOn(mailboxId))
}

/** Writes a mail merge and starts it. */
export async function sendCampaign(world: World, person: Person, rows: number): Promise<Known> {
  const { campaigns, content } = world.services
  const { account, mode } = person
  const change = { id: crypto.randomUUID(), fingerprint: '' }
  const about = { name: 'News', from: null, mode, language: 'en' as const, licensedUntil: null }
  const made = await again(() => campaigns.create(account, change, about, world.now()))
  const html = '<p>Dear {{First}}, your number is {{No}}</p>'
  await content.putTemplate(made, { subject: 'For {{First}}', html })
  await content.putAttachments(made, [])
  const { campaign } = await again(() => campaigns.see(account, made.campaignId))
  const preflight = await storeList({ content }, campaign, list(rows))
  await again(() => campaigns.act(account, made.campaignId, listStored(preflight)))
  const known = { id: made.campaignId, rows, at: world.now().getTime() }
  person.campaigns.push(known)
  await again(() => campaigns.act(account, made.campaignId, start(null, null)))
  return known
}

async function* list(rows: number) {
  for (let row = 1; row <= rows; row += 1) {
    const line = { row, to: addressOf(row), fields: { First: `P${row}`, No: String(row) } }
    yield Buffer.from(`${JSON.stringify(line)}\n`)
  }
}

/** Whom the mail of a row is for. */
export const addressOf = (row: number): string => `p${row}@customers.example`

/** What somebody sees of what they have sent. */
export async function seenBy(
  { services }: World,
  { account }: Person,
): Promise<{ mailbox: Mailbox | undefined; campaigns: Campaign[] }> {
  return again(() => services.campaigns.list(account))
}

/** Does something as often as it takes: people are told to try again when a store is away. */
export async function again<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'unavailable' || tries >= 40) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
