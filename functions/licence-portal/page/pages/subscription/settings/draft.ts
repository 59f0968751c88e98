import type { Subscription } from '../../../data/answers.ts'

/** What managers say of a subscription in their own words. */
export type Details = Pick<Subscription, 'name' | 'reference' | 'contact'>
export type DetailName = keyof Details

/** What was typed and is not saved yet; what nobody touched is not in it. */
export type Draft = Partial<Record<DetailName, string>>

export const detailNames = ['name', 'reference', 'contact'] as const satisfies readonly DetailName[]

/** The longest that each may be, as the service takes it. */
export const longest: Record<DetailName, number> = { name: 100, reference: 100, contact: 300 }

/** What the field shows: what was typed, else what is saved. */
export const shownIn = (draft: Draft, saved: Details, name: DetailName): string => draft[name] ?? saved[name] ?? ''

/** What is to be saved: only what says something else than before. Empty is no name, and takes the others away. */
export function changesOf(draft: Draft, saved: Details): Partial<Details> {
  const said = detailNames.map((name) => [name, wordsIn(draft, saved, name)] as const)
  return Object.fromEntries(said.filter(([name, words]) => words !== saved[name]))
}

function wordsIn(draft: Draft, saved: Details, name: DetailName): string | null {
  const typed = draft[name]
  return typed === undefined ? saved[name] : typed.trim() || null
}

/** A line that was typed or pasted: what breaks it would be refused, and is only a blank to whoever reads it. */
export const oneLine = (typed: string): string => typed.replaceAll(/[\r\n\t]+/g, ' ')

/** What is left of a draft when some of it was saved: what was typed meanwhile is not lost. */
export const withoutSaved = (draft: Draft, saved: Partial<Details>): Draft =>
  Object.fromEntries(
    Object.entries(draft).filter(([name, typed]) => {
      const said = saved[name as DetailName]
      return said === undefined || (typed.trim() || null) !== said
    }),
  )
