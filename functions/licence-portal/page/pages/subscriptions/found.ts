import type { Subscription } from '../../data/answers.ts'
import { attentionsOf } from './attention.ts'
import { type ShownState, shownStates, standingOf } from './shown-state.ts'

/** What a list of subscriptions is narrowed to. */
export type Wanted = 'all' | 'attention' | ShownState

/** Whether all words of a search stand in the name or the reference, in whatever order, case and accents. */
export function matches({ name, reference }: Pick<Subscription, 'name' | 'reference'>, search: string): boolean {
  const text = plain(`${name} ${reference ?? ''}`)
  return plain(search)
    .split(/\s+/)
    .every((word) => text.includes(word))
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .trim()

/** Whether a subscription is one of those that are wanted. */
export function isWanted(one: Subscription, wanted: Wanted, now: Date): boolean {
  if (wanted === 'all') return true
  return wanted === 'attention' ? attentionsOf(one, now).length > 0 : standingOf(one, now).state === wanted
}

/** The filters that find something, and how many each. */
export function choices(all: readonly Subscription[], now: Date): { wanted: Wanted; count: number }[] {
  const offered: Wanted[] = ['all', 'attention', ...shownStates]
  return offered
    .map((wanted) => ({ wanted, count: all.filter((one) => isWanted(one, wanted, now)).length }))
    .filter(({ wanted, count }) => wanted === 'all' || count > 0)
}
