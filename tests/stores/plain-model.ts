/** A plain model of one subscription's life, written from design.md and sharing nothing with the code. */
export interface Plain {
  quantity: number
  ended: boolean
  seats: Record<string, PlainSeat>
}

/** `given` counts how often it was given, freed or taken back. */
interface PlainSeat {
  holder: string | null
  released: boolean
  given: number
}

/** One thing that somebody does. Addresses and people are short names. */
export type Action =
  | { does: 'assign'; addresses: string[] }
  | { does: 'withdraw'; address: string }
  | { does: 'hand_on'; address: string; to: string }
  | { does: 'rebind'; address: string }
  | { does: 'bind'; address: string; person: string; roundsAgo: number }
  | { does: 'terms'; quantity: number; ended: boolean }

export const counted = (plain: Plain): string[] =>
  Object.entries(plain.seats)
    .filter(([, seat]) => !seat.released)
    .map(([address]) => address)
    .sort()

/**
 * What the action answers and leaves, when nothing else happens at the same time.
 * @param seen the state in which the message of a binding was written
 */
export function act(before: Plain, action: Action, seen: Plain): { after: Plain; says: string } {
  const after = structuredClone(before)
  const held = (address: string) => {
    const seat = after.seats[address]
    return seat && !seat.released ? seat : undefined
  }
  const put = (address: string, released: boolean) => {
    after.seats[address] = { holder: null, released, given: (after.seats[address]?.given ?? 0) + 1 }
  }
  const give = (address: string) => put(address, false)
  const done = (says: string) => ({ after, says })
  switch (action.does) {
    case 'assign': {
      const missing = action.addresses.filter((address) => !held(address))
      if (missing.length > 0 && after.ended) return done('not_licensing')
      if (missing.length > Math.max(0, after.quantity - counted(after).length))
        return { after: before, says: missing.length ? 'no_free_seat' : 'ok' }
      missing.forEach(give)
      return done('ok')
    }
    case 'withdraw': {
      const seat = after.seats[action.address]
      if (!seat) return done('not_found')
      if (!seat.released) put(action.address, true)
      return done('ok')
    }
    case 'hand_on': {
      const seat = after.seats[action.address]
      if (!seat) return done('not_found')
      if (seat.released) return done('seat_released')
      if (after.ended) return done('not_licensing')
      if (action.to === action.address) return done('ok')
      put(action.address, true)
      if (!held(action.to)) give(action.to)
      return done('ok')
    }
    case 'rebind': {
      const seat = after.seats[action.address]
      if (!seat) return done('not_found')
      if (seat.released) return done('seat_released')
      if (seat.holder !== null) put(action.address, false)
      return done('ok')
    }
    case 'bind': {
      const seat = held(action.address)
      if (!seat) return done('no_seat')
      if (seat.holder !== null) return done(seat.holder === action.person ? 'already_bound' : 'bound_elsewhere')
      if (seen.seats[action.address]?.given !== seat.given) return done('outdated')
      seat.holder = action.person
      return done('bound')
    }
    case 'terms':
      after.quantity = action.quantity
      after.ended = action.ended
      return done('ok')
  }
}

/** Every order in which actions that overlap may have happened. */
export function orders<T>(all: T[]): T[][] {
  if (all.length <= 1) return [all]
  return all.flatMap((one, index) => orders(all.toSpliced(index, 1)).map((rest) => [one, ...rest]))
}
