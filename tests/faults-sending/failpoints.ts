import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import type { Parked } from '../../infra/local/cosmos/parking.ts'
import type { Host } from './host.ts'
import { type Look, lookAt, pause, queueOf, ticksIn, until } from './look.ts'
import type { Person } from './people.ts'
import type { Failpoint, Tally } from './tally.ts'
import type { World } from './world.ts'

/** Lets hosts come so far and no further. */
interface Trap {
  /** The host that is there; those that are elsewhere are let go on. */
  caught(): Host | undefined
  open(): void
}

type Lay = (world: World, people: Person[], tally: Tally) => Trap
type Fits = (before: Look, now: Look, world: World) => boolean

const claimsOf = ({ claims }: Mailbox) => claims.map(({ id }) => id)
const isNew =
  (of: (look: Look) => string[]): Fits =>
  (before, now) =>
    of(now).some((id) => !of(before).includes(id))
const drafted = ({ claimed }: Look) =>
  claimed.filter(({ state, draft }) => state === 'sending' && draft).map(({ claim }) => String(claim))
const ended = ({ claimed }: Look) => claimed.filter(({ state }) => state !== 'sending').map(({ id, at }) => id + at)

const traps: Record<Failpoint, Lay> = {
  received: inStore('batch', 'before', (_, { mailbox }, world) =>
    ticksIn(world).some(
      ({ mailboxId, number, message }) =>
        message.lock && mailboxId === mailbox.mailboxId && number === mailbox.wake.number,
    ),
  ),
  woken: inStore('batch', 'after', ({ mailbox: before }, { mailbox: { acting, wake } }) => {
    return acting === wake.number && before.wake.number !== wake.number
  }),
  ticked: inQueue('accept'),
  claimed: inStore(
    'batch',
    'after',
    isNew(({ mailbox }) => claimsOf(mailbox)),
  ),
  drafted: atGraph(['me/messages']),
  stored: inStore('replace', 'after', isNew(drafted)),
  sent: atGraph(['me/messages/:id/send', 'me/sendMail']),
  settled: inStore('replace', 'after', isNew(ended)),
  folded: inStore('batch', 'after', ({ mailbox: before }, { mailbox: now }) =>
    claimsOf(before).some((id) => !claimsOf(now).includes(id)),
  ),
  completed: inQueue('complete'),
}

/**
 * Kills whoever comes to this point of the crash table first, in that very moment.
 * @param ms how long to wait for one
 */
export async function killAt(
  world: World,
  people: Person[],
  failpoint: Failpoint,
  tally: Tally,
  ms: number,
): Promise<void> {
  const trap = traps[failpoint](world, people, tally)
  try {
    if (!(await until(() => trap.caught() !== undefined, ms))) return
    trap.caught()?.kill()
    tally.kills[failpoint] += 1
    // Its connections end: what it waits for is not carried out any more.
    await pause(20)
  } finally {
    trap.open()
  }
}

/** At a request to the store: before it is carried out, or when only its answer is missing. */
function inStore(operation: 'batch' | 'replace', when: 'before' | 'after', fits: Fits): Lay {
  return (world, people) => {
    const { faults } = world.cosmos
    const { take } = faults
    const looks = new Map(people.map(({ mailboxId }) => [mailboxId, lookAt(world, mailboxId)]))
    const after = when === 'after' ? { after: true as const } : {}
    let host: Host | undefined
    faults.take = (request) => {
      const by = looks.has(request.partitionKey ?? '') && request.operation === operation ? world.whoAsks() : undefined
      if (request.container !== 'sending' || !by) return take.call(faults, request)
      // Whoever is shown what is held sees who it is.
      Object.assign(request, { by })
      return { hold: true, ...after }
    }
    const isHere = (mailboxId: string) => {
      const [before, now] = [looks.get(mailboxId), lookAt(world, mailboxId)]
      looks.set(mailboxId, now)
      return before && now && fits(before, now, world)
    }
    const trapped = () => faults.held().filter((one) => 'by' in one) as (Parked & { by: Host })[]
    return {
      caught() {
        for (const { id, partitionKey = '', by } of host ? [] : trapped()) {
          if (!isHere(partitionKey)) faults.release(id)
          else host ??= by
        }
        return host
      },
      open() {
        faults.take = take
        for (const { id } of trapped()) faults.release(id)
      },
    }
  }
}

/** At a call of Graph that has been carried out, when only its answer is missing. */
function atGraph(paths: string[]): Lay {
  return ({ graph: { faults }, whoAsks }) => {
    const { meet } = faults
    let host: Host | undefined
    faults.meet = (asked) => {
      const by = asked.method === 'POST' && paths.includes(asked.path) && !host ? whoAsks() : undefined
      if (!by) return meet.call(faults, asked)
      host = by
      return { hold: 'after' }
    }
    return {
      caught: () => (faults.held > 0 ? host : undefined),
      open() {
        faults.meet = meet
        faults.release()
      },
    }
  }
}

/** When the queue has taken a tick, or has heard that one is done: the only host that is awake dies in that instant. */
function inQueue(name: 'accept' | 'complete'): Lay {
  return (world, _, tally) => {
    const [awake, ...others] = world.hosts.filter(({ isUp }) => isUp)
    for (const host of others) host.freeze()
    if (others.length > 0) tally.note('host frozen', others.length)
    const queue = queueOf(world)
    const original = queue[name].bind(queue) as (...args: never[]) => unknown
    let host: Host | undefined
    queue[name] = ((...args: never[]) => {
      const done = original(...args)
      if (!host && done !== false && awake?.kill()) host = awake
      return done
    }) as never
    return {
      caught: () => host,
      open() {
        Object.assign(queue, { [name]: original })
        for (const other of others) other.thaw()
      },
    }
  }
}
