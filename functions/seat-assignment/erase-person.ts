import type { Change } from '@securemailmerge/shared/licensing/change'
import { erase, ownedLive, personOf, placesOf } from '@securemailmerge/shared/licensing/erase'
import { ownerStays } from '@securemailmerge/shared/licensing/erasing'
import { type Counts, nobody, noCounts, sumOf } from '@securemailmerge/shared/licensing/erasures'
import type { Erase } from './command.ts'
import type { Services } from './wiring.ts'

/**
 * Takes a person out of all subscriptions, for good, and answers counts. What is cut off goes on with the same message;
 * a message that has done its work does nothing more, though the person may have come back since.
 * @throws Refusal `not_allowed` when they own a subscription that is not over; then nothing is done
 */
export async function erasePerson(services: Services, asked: Erase, change: Change) {
  const { subscriptions, erasures, now } = services
  const { account = null, address = null, since } = asked
  const earlier = await erasures.of(change)
  if (earlier?.done) return { outcome: 'known', ...earlier.done.counts }
  if (since !== undefined) return eraseAgain(services, new Date(since), change)
  const person = personOf(account, address)
  const found = await placesOf(services, person, await subscriptions.about(account, address))
  const owned = await ownedLive(services, found, person, change.at)
  if (owned.length > 0) throw ownerStays(owned)
  const erasure = await erasures.begin(change, person, found)
  const counts = await erase(services, erasure, change)
  await erasures.finish(erasure, counts, now())
  return { outcome: 'erased', ...counts }
}

/** After a restore: what was erased later than the store is old has come back with it. */
async function eraseAgain(services: Services, since: Date, change: Change) {
  const { erasures, now } = services
  const all = await erasures.since(since)
  const owners: string[] = []
  let sum: Counts = noCounts
  for (const erasure of all) {
    const owned = await ownedLive(services, erasure.subscriptions, erasure.person, change.at)
    const others = erasure.subscriptions.filter((id) => !owned.includes(id))
    const counts = await erase(services, { ...erasure, subscriptions: others }, change)
    if (owned.length === 0) await erasures.finish(erasure, counts, now())
    sum = sumOf(sum, counts)
    owners.push(...owned)
  }
  // With owners it is not done: the same message goes on once they own nothing.
  if (owners.length === 0) await erasures.finish(await erasures.begin(change, nobody, []), sum, now())
  return { outcome: 'erased', erasures: all.length, ...sum, owners }
}
