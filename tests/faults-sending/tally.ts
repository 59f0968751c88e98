import type { World } from './world.ts'

/** Where a host is killed: how far it has got with a mail (the crash table of a turn). */
export const failpoints = [
  ...(['received', 'woken', 'ticked', 'claimed', 'drafted'] as const),
  ...(['stored', 'sent', 'settled', 'folded', 'completed'] as const),
]
export type Failpoint = (typeof failpoints)[number]

/** What has gone wrong so far: only what has really struck somebody. */
export class Tally {
  readonly faults = new Map<string, number>()
  readonly kills = Object.fromEntries(failpoints.map((name) => [name, 0])) as Record<Failpoint, number>
  atRandom = 0

  note(kind: string, times = 1): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + times)
  }

  get killed(): number {
    return Object.values(this.kills).reduce((sum, times) => sum + times, this.atRandom)
  }

  get total(): number {
    return [...this.faults.values()].reduce((sum, times) => sum + times, this.killed)
  }

  /**
   * Counts whatever the store does to a request of a host from now on; people are left alone. A request that is held is
   * counted by whoever lets it go.
   */
  watchStore({ cosmos: { faults }, whoAsks }: World): void {
    const take = faults.take.bind(faults)
    faults.take = (request) => {
      const deed = whoAsks() && take(request)
      if (deed && !('hold' in deed)) this.note(`store ${kindOf(deed)}`)
      return deed
    }
  }

  /** Counts whatever the others do to a request. */
  watch({ graph, bus, identity }: World, doPeopleAct: () => boolean): void {
    const meet = graph.faults.meet.bind(graph.faults)
    graph.faults.meet = (asked) => {
      const deed = meet(asked)
      if (deed && !('hold' in deed)) this.note(`graph ${kindOf(deed)}`)
      return deed
    }
    const strike = bus.faults.strike.bind(bus.faults)
    bus.faults.strike = (queue) => {
      const fault = doPeopleAct() ? undefined : strike(queue)
      if (fault) this.note(`tick ${fault.do}`)
      return fault
    }
    const take = identity.tokenFaults.take.bind(identity.tokenFaults)
    identity.tokenFaults.take = async (grant, person) => {
      const failing = await take(grant, person)
      if (failing) this.note('sign-in refused')
      return failing
    }
  }
}

/** A deed by its first word and what tells it from others of its kind. */
function kindOf(deed: object): string {
  const [[name, value] = ['', '']] = Object.entries(deed)
  if (name !== 'status') return typeof value === 'string' ? `${name} ${value}` : name
  return 'when' in deed ? `${value} ${deed.when}` : `${value}`
}
