/** How fast one side was in one turn. */
export interface Turn {
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
}

/** Something to ask again and again; rejects when the answer is not the right one. */
export type Ask = () => Promise<void>

/** Keeps `concurrency` calls going for `milliseconds` and tells how they went. */
export async function turn(ask: Ask, concurrency: number, milliseconds: number): Promise<Turn> {
  const took: number[] = []
  const began = performance.now()
  const end = began + milliseconds
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let from = performance.now(); from < end; from = performance.now()) {
        await ask()
        took.push(performance.now() - from)
      }
    }),
  )
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
  return { perSecond: (took.length / (performance.now() - began)) * 1000, p50: at(0.5), p99: at(0.99) }
}

/** Two sides in turns (A B B A …), so that a noisy neighbour hits both alike. */
export async function sideBySide(ours: Ask, peer: Ask, pairs: number, milliseconds: number) {
  await turn(ours, 10, milliseconds)
  await turn(peer, 10, milliseconds)
  const ratios: number[] = []
  const turns: { ours: Turn[]; peer: Turn[] } = { ours: [], peer: [] }
  for (let pair = 0; pair < pairs; pair += 1) {
    const oursFirst = pair % 2 === 0
    const first = await turn(oursFirst ? ours : peer, 10, milliseconds)
    const second = await turn(oursFirst ? peer : ours, 10, milliseconds)
    const [a, b] = oursFirst ? [first, second] : [second, first]
    turns.ours.push(a)
    turns.peer.push(b)
    ratios.push(a.perSecond / b.perSecond)
  }
  return { ratio: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios), ...summary(turns) }
}

const summary = ({ ours, peer }: { ours: Turn[]; peer: Turn[] }) => ({ ours: typical(ours), peer: typical(peer) })

const typical = (turns: Turn[]): Turn => ({
  perSecond: Math.round(median(turns.map(({ perSecond }) => perSecond))),
  p50: round(median(turns.map(({ p50 }) => p50))),
  p99: round(median(turns.map(({ p99 }) => p99))),
})

const round = (value: number) => Math.round(value * 100) / 100

/** The middle value. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
