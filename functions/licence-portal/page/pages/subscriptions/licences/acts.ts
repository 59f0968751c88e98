import type { QueryClient } from '@tanstack/react-query'
import type { Pages } from '../../../data/all-pages.ts'
import type { AnswerOf, Subscription } from '../../../data/answers.ts'
import { call, mayTryAgain } from '../../../data/call.ts'
import { readAnew, subscriptionKey, subscriptionPath } from '../../../data/subscriptions.ts'
import { type Deed, type SeatPage, withAssigned, withCounts, withDeeds } from './seat-changes.ts'

/** Where the cache keeps the licences of a subscription. */
export const seatsKey = (id: string) => ['seats', id] as const
/** Where it keeps what was searched for among them. */
export const searchKey = (id: string) => ['seats-found', id] as const

type Change = (pages: readonly SeatPage[], at: string) => SeatPage[]

/** Changes licences of one subscription; what has been read of them is changed along with each answer. */
export function acts(client: QueryClient, id: string) {
  const post = <Answer>(path: string, body: object, key: string) =>
    patiently(() => call<Answer>(`${subscriptionPath(id)}/seats${path}`, { method: 'POST', body, key }))

  async function note(change: Change, counts?: Pick<Subscription, 'quantity' | 'assigned'>) {
    // A page that is just on its way would put back what was there before.
    await client.cancelQueries({ queryKey: seatsKey(id), exact: true })
    const at = new Date().toISOString()
    client.setQueryData<Pages<SeatPage>>(seatsKey(id), (data) => data && { ...data, pages: change(data.pages, at) })
    if (counts) client.setQueryData<Subscription>(subscriptionKey(id), (one) => one && withCounts(one, counts))
    client.removeQueries({ queryKey: searchKey(id), type: 'inactive' })
    void client.invalidateQueries({ queryKey: searchKey(id) })
  }

  return {
    assign: async (addresses: string[], key: string): Promise<readonly Deed[]> => {
      const answer = await post<AnswerOf<'assign_seats'>>('', { addresses }, key)
      await note((pages, at) => withAssigned(pages, answer.seats, addresses, at), answer)
      return answer.seats
    },
    withdraw: async (seats: string[], key: string): Promise<readonly Deed[]> => {
      const answer = await post<AnswerOf<'withdraw_seats'>>('/withdraw', { seats }, key)
      await note((pages, at) => withDeeds(pages, answer.seats, at), answer)
      return answer.seats
    },
    rebind: async (seats: string[], key: string): Promise<readonly Deed[]> => {
      const answer = await post<AnswerOf<'rebind_seats'>>('/rebind', { seats }, key)
      await note((pages, at) => withDeeds(pages, answer.seats, at))
      return answer.seats
    },
    handOn: async (seat: string, address: string, key: string): Promise<AnswerOf<'hand_on_seat'>> => {
      const answer = await post<AnswerOf<'hand_on_seat'>>(`/${seat}/hand-on`, { address }, key)
      const made = [answer.to]
      await note((pages, at) => withAssigned(withDeeds(pages, [answer.from], at), made, [address], at), answer)
      return answer
    },
    /** When all is done, what a whole list can be read of in one call is read anew. */
    settle: async (): Promise<void> => {
      const known = client.getQueryData<Pages<SeatPage>>(seatsKey(id))
      await readAnew(client, id)
      if (known && known.pages.length <= 1) await client.invalidateQueries({ queryKey: seatsKey(id), exact: true })
    },
  }
}

/** The changes of one subscription's licences. */
export type Acts = ReturnType<typeof acts>

/** Asks again, after a moment, where nobody answered or not in order; the same key makes that safe. */
async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask()
    } catch (error) {
      if (!mayTryAgain(failures, error as Error)) throw error
      await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** failures))
    }
  }
}
