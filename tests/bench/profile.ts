import { Session } from 'node:inspector/promises'

/** Whose work a function is, by where it stands. The first that fits. */
const rooms: [room: string, part: string][] = [
  ['stand-ins', '/infra/local/'],
  ['stand-ins', '/azurite'],
  ['store client', '/@azure/cosmos/'],
  ['blob client', '/@azure/storage-blob/'],
  ['Graph client', '/shared/graph/'],
  ['store client', '/shared/azure/'],
  ['rendering', '/shared/merging/template/'],
  ['rendering', '/shared/merging/rendering'],
  ['rules of sending', '/shared/merging/'],
]
const OTHER = 'Node and libraries'
const IDLE = 'idle'

/** Whose work the time was: shares of 1, the largest first; idle time stands beside them. */
export type Shares = [room: string, share: number][]

/** Does something under V8's sampling profiler. A function of nobody's counts for its nearest caller that is somebody's. */
export async function profiled<T>(work: () => Promise<T>): Promise<{ result: T; shares: Shares }> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  const result = await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const callers = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const roomOf = (id: number): string => {
    for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
      const { functionName, url } = byId.get(at)?.callFrame ?? { functionName: '', url: '' }
      if (functionName === '(idle)') return IDLE
      const room = rooms.find(([, part]) => url.includes(part))?.[0]
      if (room) return room
    }
    return OTHER
  }
  const spent = new Map<string, number>()
  const { samples = [], timeDeltas = [] } = profile
  for (const [at, id] of samples.entries())
    spent.set(roomOf(id), (spent.get(roomOf(id)) ?? 0) + (timeDeltas[at + 1] ?? 0))
  const all = [...spent.values()].reduce((sum, one) => sum + one, 0)
  return { result, shares: [...spent].map(([room, us]): Shares[number] => [room, us / all]).sort(byShare) }
}

const byShare = ([, a]: Shares[number], [, b]: Shares[number]) => b - a
