import { type Line, RowReader } from './rows.ts'
import { Work } from './work.ts'

/** A host may hand over a body as one piece. */
const PIECE_BYTES = 64 * 1024

/** The lines of a list as its bytes arrive, unpacked. */
export async function* readRows(bytes: AsyncIterable<Uint8Array>, work: Work = new Work()): AsyncGenerator<Line> {
  const reader = new RowReader()
  for await (const all of bytes) {
    for (let at = 0; at < all.length; at += PIECE_BYTES) {
      yield* work.do(() => reader.take(all.subarray(at, at + PIECE_BYTES)))
      await work.rest()
    }
  }
  yield* reader.end()
}
