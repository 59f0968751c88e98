import { seatIdOf } from '@securemailmerge/shared/licensing/seats'
import type { Person } from '../../infra/local/identity/person.ts'
import { aMember, type People } from '../kit/people.ts'

const SEATS = 10

/** What many rounds of many callers came to. Times in ms. */
export interface Race {
  rounds: number
  over: number
  lost: number
  timedOut: number
  p50: number
  p99: number
}

/**
 * In each round many callers ask at once for one of ten seats, some of them for the same address, while others withdraw.
 * Over: more seats stored than bought. Lost: told 200 and not stored, though nobody withdrew it.
 */
export async function race(
  people: People,
  rounds: number,
  callers: number,
  told: (round: number) => void,
): Promise<Race> {
  const times: number[] = []
  const result = { rounds, over: 0, lost: 0, timedOut: 0 }
  for (let round = 0; round < rounds; round += 1) {
    // An owner of its own, since calls of one account are limited per minute.
    const owner = aMember(crypto.randomUUID(), `owner${round}@contoso.example`)
    const subscriptionId = await people.grant(owner, SEATS, { name: `Round ${round}` })
    await people.tokenOf(owner)
    const addresses = Array.from({ length: callers }, (_, n) => `r${Math.max(0, n - 4)}@contoso.example`)
    const withdrawn = new Set(addresses.filter((_, n) => n > 4 && n % 4 === 3))
    const gone = new Set<string>()
    const answers = await Promise.all(
      addresses.map(async (address) => {
        const began = performance.now()
        const answer = await people.assign(owner, subscriptionId, [address])
        if (withdrawn.has(address)) {
          const { status } = await people.withdraw(owner, subscriptionId, [seatIdOf(address as never)])
          if (status === 200) gone.add(address)
          else if (status !== 404) result.timedOut += 1
        }
        times.push(performance.now() - began)
        return { address, answer }
      }),
    )
    const stored = await seats(people, owner, subscriptionId)
    result.lost += stored.filter((address) => gone.has(address)).length
    result.over += Math.max(0, stored.length - SEATS)
    for (const { address, answer } of answers) {
      if (answer.status === 200 && !withdrawn.has(address) && !stored.includes(address)) result.lost += 1
      if (answer.status !== 200 && answer.json.title !== 'no_free_seat') result.timedOut += 1
    }
    told(round + 1)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? 0)
  return { ...result, p50: at(0.5), p99: at(0.99) }
}

async function seats(people: People, owner: Person, subscriptionId: string): Promise<string[]> {
  const path = `/api/subscriptions/${subscriptionId}/seats?limit=200`
  const { json } = await people.ask(owner, 'GET', path)
  const counted = json.seats.filter(({ state }: { state: string }) => state !== 'released')
  return counted.map(({ address }: { address: string }) => address)
}
