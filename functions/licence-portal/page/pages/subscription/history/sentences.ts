import type { Deed } from '@securemailmerge/shared/licensing/change'
import type { HistoryEntry } from '../../../data/answers.ts'
import type { Key, Say } from '../../../language/say.ts'
import { shownAddress } from './addresses.ts'

/** What the payment provider said last before an entry, as far as that was read. */
export type Known = Pick<HistoryEntry, 'quantity' | 'state'> | undefined

type Words = (say: Say, entry: HistoryEntry, before: Known) => string[]

const plainly =
  (key: Key): Words =>
  (say) => [say(key)]
const withQuantity =
  (key: Key): Words =>
  (say, { quantity }) => [say(key, { count: quantity ?? 0 })]
const withCount =
  (key: Key): Words =>
  (say, { seats }) => [say(key, { count: seats.length })]

/** Sentences of each kind of change. The list of kinds is closed here; a page that is older than its services bears others. */
const words: Record<Deed, Words> = {
  granted: withQuantity('history.granted'),
  altered: withQuantity('history.altered'),
  assigned,
  withdrawn: withCount('history.withdrawn'),
  handed_on: handedOn,
  rebound: withCount('history.rebound'),
  bound: withCount('history.bound'),
  purchased,
  changed_at_seller: changedAtSeller,
  quantity_asked: (say, { quantity, quantityBefore }) => [
    say('history.quantity_asked', { count: quantity ?? 0, from: quantityBefore ?? 0 }),
  ],
  cancel_asked: plainly('history.cancel_asked'),
  undo_asked: plainly('history.undo_asked'),
  invited_owner: plainly('history.invited_owner'),
  claimed: plainly('history.claimed'),
  recovered: plainly('history.recovered'),
  extended: plainly('history.extended'),
  described,
  erased: (say, { seats }) => [say('history.erased'), ...(seats.length > 0 ? [say('history.erased_licences')] : [])],
}

/** What a change did, in words; `before` is what the payment provider had said until then. */
export const sentencesOf: Words = (say, entry, before) =>
  (Object.hasOwn(words, entry.did) ? words[entry.did as Deed] : plainly('history.other'))(say, entry, before)

/** Who assigns a licence to an own address that has one already takes it into use. */
function assigned(say: Say, { seats }: HistoryEntry): string[] {
  const given = seats.filter(({ outcome }) => outcome === 'assigned').length
  const used = seats.length - given
  return [
    ...(given > 0 ? [say('history.assigned', { count: given })] : []),
    ...(used > 0 ? [say('history.bound', { count: used })] : []),
  ]
}

function handedOn(say: Say, { seats: [from, to] }: HistoryEntry): string[] {
  if (!from || !to) return [say('history.other')]
  const names = { from: shownAddress(say, from.address), to: shownAddress(say, to.address) }
  return [say('history.handed_on', names), ...(to.outcome === 'assigned' ? [] : [say('history.had_one', names)])]
}

function purchased(say: Say, { quantity, state }: HistoryEntry): string[] {
  const bought = say('history.purchased', { count: quantity ?? 0 })
  return state === null || state === 'active' ? [bought] : [bought, stands(say, state)]
}

/** Only what differs is told. What was told before may not have been read: then what there is now is told. */
function changedAtSeller(say: Say, { quantity, state }: HistoryEntry, before: Known): string[] {
  const from = before?.quantity
  const told: string[] = []
  if (quantity !== null && from !== quantity)
    told.push(
      from === null || from === undefined
        ? say('history.quantity_now', { count: quantity })
        : say('history.quantity', { from, count: quantity }),
    )
  if (state !== null && before?.state !== state) told.push(stands(say, state))
  return told.length > 0 ? told : [say('history.period')]
}

const stands = (say: Say, state: NonNullable<HistoryEntry['state']>) =>
  say('history.state', { state: say(`state.${state}`) })

function described(say: Say, { changed }: HistoryEntry): string[] {
  if (changed.length === 0) return [say('history.described')]
  return changed.map(({ what, from, to }) => {
    const quoted = { from: from ?? '', to: to ?? '' }
    if (what === 'name') return say('history.name', quoted)
    const how = from === null ? 'set' : to === null ? 'gone' : 'changed'
    return say(`history.${what}.${how}`, quoted)
  })
}
