import { type Line, RowReader } from './rows.ts'

/** The lines of a list as its bytes arrive, unpacked. */
export async function* readRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const reader = new RowReader()
  for await (const piece of bytes) yield* reader.take(piece)
  yield* reader.end()
}
