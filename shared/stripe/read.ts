import * as z from 'zod'
import { asked } from './client.ts'
import { Unreadable } from './purchase.ts'

/** Checks a reply of the seller. @throws Unreadable that names the first field that is not as the version says */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Unreadable(`${issue?.path.join('.') || 'reply'}: ${issue?.code}`)
}

/** The first page of a list, each of it checked; none when what is listed by does not exist. @throws as `asked` and `read` */
export async function listed<Schema extends z.ZodType>(
  schema: Schema,
  call: () => Promise<{ data: unknown[] }>,
): Promise<z.output<Schema>[]> {
  return read(z.array(schema), (await asked(call))?.data ?? [])
}

/** A page of a list, and whether more follow. */
export interface ListPage<Thing> {
  data: Thing[]
  hasMore: boolean
}

/** Ten thousand things of one list: what has more is not read, and somebody has to look. */
const MOST_PAGES = 100
/** Of the first page, which mostly is enough; the others are as long as they may be. */
const FIRST_PAGE = 20

/**
 * Page after page of a list, newest first, for as long as it is asked for.
 * @param call asks for so many after one of this id
 * @throws Unreadable when there is no end; as `asked` and `read`
 */
export async function* pagesOf<Schema extends z.ZodType<{ id: string }>>(
  schema: Schema,
  call: (page: { limit: number; starting_after?: string }) => Promise<{ data: unknown[]; has_more: boolean }>,
): AsyncGenerator<ListPage<z.output<Schema>>> {
  let after: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const limit = after === undefined ? FIRST_PAGE : 100
    const list = await asked(() => call({ limit, ...(after === undefined ? {} : { starting_after: after }) }))
    const data = read(z.array(schema), list?.data ?? [])
    after = data.at(-1)?.id
    const hasMore = (list?.has_more ?? false) && after !== undefined
    yield { data, hasMore }
    if (!hasMore) return
  }
  throw new Unreadable('a list has no end')
}

/** All of a list. @throws as `pagesOf` */
export async function allOf<Schema extends z.ZodType<{ id: string }>>(
  schema: Schema,
  call: Parameters<typeof pagesOf>[1],
): Promise<z.output<Schema>[]> {
  const all: z.output<Schema>[] = []
  for await (const { data } of pagesOf(schema, call)) all.push(...data)
  return all
}
