import type { HistoryEntry } from '../../../data/answers.ts'
import type { Say } from '../../../language/say.ts'

/** What services put where the address of somebody stood who was erased. */
export const ERASED_ADDRESS = 'erased@erased.invalid'

/** An address as it is shown: of somebody who was erased, only that they were. */
export const shownAddress = (say: Say, address: string): string =>
  address === ERASED_ADDRESS ? say('history.erased_address') : address

/** The addresses that are listed under a change. Those that its sentence names itself are not. */
export const listedAddresses = ({ did, seats }: Pick<HistoryEntry, 'did' | 'seats'>): string[] =>
  did === 'handed_on' || did === 'erased' ? [] : seats.map(({ address }) => address)

/** Who lost a licence by a change and could have one again. */
export const withdrawnIn = ({ seats }: Pick<HistoryEntry, 'seats'>): string[] => [
  ...new Set(
    seats
      .filter(({ outcome, address }) => outcome === 'withdrawn' && address !== ERASED_ADDRESS)
      .map(({ address }) => address),
  ),
]
