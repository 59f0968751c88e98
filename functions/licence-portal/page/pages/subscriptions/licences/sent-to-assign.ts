import { deskOf } from './desks.ts'
import { listWith } from './list-with.ts'

/** What a step in the history of the browser carries that leads here to assign licences. */
export const toAssign = { isWithin: true, opens: 'assign' } as const

/** Whether the page was opened by such a step. */
export const isSentToAssign = (): boolean => history.state?.opens === toAssign.opens

/** Has it opened like any other from now on: gone back to, it shows itself. */
export function openedToAssign(): void {
  if (isSentToAssign()) history.replaceState({ isWithin: toAssign.isWithin }, '')
}

/** Puts addresses on the list of a subscription from which licences are assigned. */
export function putOnList(id: string, addresses: readonly string[]): void {
  const { assigning } = deskOf(id)
  assigning.set({ ...assigning.value, draft: listWith(assigning.value.draft, addresses), isEdited: true })
}
