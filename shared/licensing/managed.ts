import type { Account } from '../identity/account.ts'
import type { Directory } from './directory.ts'
import { roleHint } from './hints.ts'
import { mayDo, type Subscription } from './subscription.ts'
import type { Subscriptions } from './subscriptions.ts'

interface Places {
  subscriptions: Pick<Subscriptions, 'read'>
  directory: Pick<Directory, 'roles' | 'write'>
}

/**
 * One page of what an account may manage: one query in one partition, then each shown row from the truth. A hint whose
 * copy is out of date is mended; one that leads nowhere shows nothing.
 */
export async function managed(
  { subscriptions, directory }: Places,
  account: Account,
  { limit, next }: { limit: number; next: string | null },
  now: Date,
): Promise<{ items: Subscription[]; next: string | null }> {
  const page = await directory.roles(account, limit, next)
  const rows = await Promise.all(
    page.items.map(async (hint) => ({
      hint,
      subscription: await subscriptions.read(hint.subscriptionId),
    })),
  )
  const items = rows.flatMap(({ subscription }) =>
    subscription && mayDo(subscription, account, 'see') ? [subscription] : [],
  )
  const outdated = rows.flatMap(({ hint, subscription }) =>
    subscription && hint.name !== subscription.name ? [{ ...roleHint(subscription, account, now), at: hint.at }] : [],
  )
  await directory.write(outdated)
  return { items, next: page.next }
}
