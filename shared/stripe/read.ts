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
