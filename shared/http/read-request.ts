import type { HttpRequest } from '@azure/functions'
import type * as z from 'zod'
import { inputFault } from '../input-fault.ts'
import { Refusal } from '../refusal.ts'

/** The token of an Authorization header. @throws Refusal `token_invalid` */
export function bearer(request: HttpRequest): string {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (!token) throw new Refusal('token_invalid', 'This needs a signed-in person: send an access token.')
  return token
}

/** Idempotency keys: 1-255 visible characters. @throws Refusal `input_invalid` */
export function idempotencyKey(request: HttpRequest): string | null {
  const key = request.headers.get('idempotency-key')
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw wrongInput([{ at: 'Idempotency-Key', fault: 'not_1_to_255_visible_characters' }])
}

/** Reads a JSON body of at most `limit` bytes. @throws Refusal `unsupported_media_type` | `body_too_large` | `input_invalid` */
export async function jsonBody(request: HttpRequest, limit: number): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json(\s*;.*)?$/i.test(type) || request.headers.get('content-encoding')) {
    throw new Refusal('unsupported_media_type', 'Send plain JSON: Content-Type application/json, not compressed.')
  }
  const tooLarge = new Refusal('body_too_large', `At most ${limit} bytes are read.`, { limit })
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength > limit) throw tooLarge
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw wrongInput([{ at: 'body', fault: 'not_json' }])
  }
}

/** Checks a value by its schema and names each field that is wrong. @throws Refusal `input_invalid` */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw wrongInput(result.error.issues.flatMap((issue) => faults(issue, value, where)))
}

/** Errors that one problem names; whoever sends more is told how many there are. */
const ERRORS_NAMED = 20

/** What is wrong where, in words for machines; `docs/api.md` explains each fault. */
export function wrongInput(all: { at: string; fault: string }[]): Refusal {
  const errors = all.slice(0, ERRORS_NAMED)
  const [first] = errors
  const others = all.length === 1 ? '' : ` and ${all.length - 1} more, see errors`
  return new Refusal('input_invalid', `The request is wrong at ${first?.at} (${first?.fault})${others}.`, { errors })
}

function faults(issue: z.core.$ZodIssue, value: unknown, where: string): { at: string; fault: string }[] {
  const at = [where, ...issue.path].join('.')
  const fault = inputFault(issue, value)
  if (issue.code !== 'unrecognized_keys') return [{ at, fault }]
  return issue.keys.map((key) => ({ at: `${at}.${key.slice(0, 50)}`, fault }))
}

/** The best of our languages for an Accept-Language header; never echoed. */
export function languageOf(request: HttpRequest): 'en' | 'fr' {
  const wishes = (request.headers.get('accept-language') ?? '').split(',').map((wish) => {
    const [tag = '', ...rest] = wish.trim().toLowerCase().split(';')
    const quality = Number(/^\s*q=([\d.]+)$/.exec(rest[0] ?? '')?.[1] ?? 1)
    return { language: tag.split('-')[0], quality }
  })
  const best = wishes
    .filter(({ language, quality }) => quality > 0 && (language === 'en' || language === 'fr'))
    .sort((a, b) => b.quality - a.quality)
  return best[0]?.language === 'fr' ? 'fr' : 'en'
}
