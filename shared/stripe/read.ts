import type * as z from 'zod'
import { Unreadable } from './purchase.ts'

/** Checks a reply of the seller. @throws Unreadable that names the first field that is not as the version says */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Unreadable(`${issue?.path.join('.') || 'reply'}: ${issue?.code}`)
}
