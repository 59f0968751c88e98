import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import { type Look, lookAt, queueOf, ticksIn, until } from './look.ts'
import type { Person } from './people.ts'
import type { Failpoint, Tally } from './tally.ts'
import type { World } from './world.ts'

/** Lets hosts come so far and no further. */
interface Trap {
  /** Whether a host is there; those that are elsewhere are let go on. */
  isMet(): boolean
  /** Whether the one that was there is still there. */
  holds(): boolean
  /** Hosts that the trap itself has killed. */
  readonly killed: number
  open(): void
}

type Lay = (world: World, people: Person[]) => Trap
type Fits = (before: Look, now: Look, world: World) => boolean

const claimsOf = ({ claims }: Mailbox) => claims.map(({ id }) => id)
const isNew = (of: (look: Look) => string[]): Fits => (before, now) => of(now).some((id) => !of(before).includes(id))
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
  // Which host comes to it cannot be seen: the other ones stand still meanwhile.
  const [first, ...others] = world.hosts.filter(({ isUp }) => isUp)
  for (const host of others) host.freeze()
  if (others.length > 0) tally.note('host frozen', others.length)
  const trap = traps[failpoint](world, people)
  try {
    if (!(await until(trap.isMet, ms))) return
    if (trap.killed > 0) {
      tally.kills[failpoint] += 1
      tally.atRandom += trap.killed - 1
    }
    // It may have been the last that another has done: then that one dies too.
    for (const host of first ? [first, ...others] : []) {
      if (!trap.holds()) break
      if (!host.kill()) continue
      if (await until(() => !trap.holds(), 100)) tally.kills[failpoint] += 1
      else tally.atRandom += 1
    }
  } finally {
    trap.open()
    for (const host of others) host.thaw()
  }
}

/** At a request to the store: before it is carried out, or when only its answer is missing. */
function inStore(operation: 'batch' | 'replace', when: 'before' | 'after', fits: Fits): Lay {
  return (world, people) => {
    const { faults } = world.cosmos
    const { take } = faults
    const looks = new Map(people.map(({ mailboxId }) => [mailboxId, lookAt(world, mailboxId)]))
    const others = new Set(faults.held().map(({ id }) => id))
    const after = when === 'after' ? { after: true as const } : {}
    let caught: string | undefined
    faults.take = (request) =>
      request.container === 'sending' && request.operation === operation && looks.has(request.partitionKey ?? '')
        ? { hold: true, ...after }
        : take.call(faults, request)
    const isHere = (id: string, mailboxId: string) => {
      const [before, now] = [looks.get(mailboxId), lookAt(world, mailboxId)]
      looks.set(mailboxId, now)
      if (before && now && fits(before, now, world)) caught = id
      else faults.release(id)
      return caught !== undefined
    }
    return {
      isMet: () => faults.held().some(({ id, partitionKey = '' }) => !others.has(id) && isHere(id, partitionKey)),
      holds: () => faults.held().some(({ id }) => id === caught),
      killed: 0,
      open() {
        faults.take = take
        for (const { id } of faults.held()) if (!others.has(id)) faults.release(id)
      },
    }
  }
}

/** At a call of Graph that has been carried out, when only its answer is missing. */
function atGraph(paths: string[]): Lay {
  return ({ graph: { faults } }) => {
    const { meet } = faults
    faults.meet = (asked) => {
      const isHere = asked.method === 'POST' && paths.includes(asked.path) && faults.held === 0
      return isHere ? { hold: 'after' } : meet.call(faults, asked)
    }
    return {
      isMet: () => faults.held > 0,
      holds: () => faults.held > 0,
      killed: 0,
      open() {
        faults.meet = meet
        faults.release()
      },
    }
  }
}

/** When the queue has taken a tick, or has heard that one is done: all hosts die in that instant. */
function inQueue(name: 'accept' | 'complete'): Lay {
  return (world) => {
    const queue = queueOf(world)
    const original = queue[name].bind(queue) as (...args: never[]) => unknown
    let killed = 0
    queue[name] = ((...args: never[]) => {
      const done = original(...args)
      if (killed === 0 && done !== false) killed = world.hosts.filter((host) => host.kill()).length
      return done
    }) as never
    return {
      isMet: () => killed > 0,
      holds: () => false,
      get killed() {
        return killed
      },
      open: () => void Object.assign(queue, { [name]: original }),
    }
  }
}
