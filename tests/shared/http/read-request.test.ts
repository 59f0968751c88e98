import { HttpRequest } from '@azure/functions'
import { bearer, idempotencyKey, jsonBody, languageOf, parsed } from '@securemailmerge/shared/http/read-request'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { refusalIn, refusalOf } from '../../builders.ts'

const request = (headers: Record<string, string> = {}, bytes?: Uint8Array | string) =>
  new HttpRequest({
    method: bytes === undefined ? 'GET' : 'POST',
    url: 'http://localhost/api',
    headers,
    ...(bytes === undefined ? {} : { body: { bytes: Buffer.from(bytes as string) } }),
  })
const json = { 'content-type': 'application/json' }

describe('the token', () => {
  it.each([
    ['Bearer a.b.c', 'a.b.c'],
    ['bearer a-b_c.d~e+f/g==', 'a-b_c.d~e+f/g=='],
  ])('of %j', (authorization, token) => {
    expect(bearer(request({ authorization }))).toBe(token)
  })

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a, Bearer b', 'a.b.c'])(
    'is missing in %j',
    (authorization) => {
      const headers = authorization === undefined ? {} : { authorization }
      expect(refusalOf(() => bearer(request(headers))).code).toBe('token_invalid')
    },
  )

  it('is never a cookie', () => {
    expect(refusalOf(() => bearer(request({ cookie: '__Host-session=a.b.c' }))).code).toBe('token_invalid')
  })
})

describe('the Idempotency-Key', () => {
  it.each(['1', crypto.randomUUID(), '!~', 'k'.repeat(255)])('%s is taken', (key) => {
    expect(idempotencyKey(request({ 'idempotency-key': key }))).toBe(key)
  })

  it('may be absent', () => {
    expect(idempotencyKey(request())).toBeNull()
  })

  it.each([[''], ['a b'], ['k'.repeat(256)], ['schlüssel'], ['a\tb']])('%j is refused', (key) => {
    expect(refusalOf(() => idempotencyKey(request({ 'idempotency-key': key })))).toMatchObject({
      code: 'input_invalid',
      details: { errors: [{ at: 'Idempotency-Key' }] },
    })
  })
})

describe('the body', () => {
  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json ;x=y'])(
    'of type %s is read',
    async (type) => {
      expect(await jsonBody(request({ 'content-type': type }, '{"é":1}'), 100)).toEqual({ é: 1 })
    },
  )

  it.each([
    ['no type', {}],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a text', { 'content-type': 'text/plain' }],
    ['what only begins like JSON', { 'content-type': 'application/jsonp' }],
    ['a compressed one', { ...json, 'content-encoding': 'gzip' }],
  ])('415: %s', async (_, headers) => {
    expect((await refusalIn(jsonBody(request(headers, '{}'), 100))).code).toBe('unsupported_media_type')
  })

  it('413: one byte more than is read, whatever its length is said to be', async () => {
    const text = JSON.stringify({ x: 'é'.repeat(46) })
    expect(Buffer.byteLength(text)).toBe(100)
    for (const length of ['100', '1', 'many', undefined]) {
      const headers = length === undefined ? json : { ...json, 'content-length': length }
      await expect(jsonBody(request(headers, text), 100)).resolves.toBeDefined()
      expect((await refusalIn(jsonBody(request(headers, `${text} `), 100))).code).toBe('body_too_large')
    }
    expect(await refusalIn(jsonBody(request({ ...json, 'content-length': '101' }, '{}'), 100))).toMatchObject({
      code: 'body_too_large',
      details: { limit: 100 },
    })
  })

  it.each([
    ['nothing', ''],
    ['half of it', '{"a":'],
    ['malformed UTF-8', Uint8Array.from([0x22, 0xc3, 0x28, 0x22])],
    ['half a character', Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ])('400: %s', async (_, bytes) => {
    expect(await refusalIn(jsonBody(request(json, bytes), 100))).toMatchObject({
      code: 'input_invalid',
      details: { errors: [{ at: 'body', fault: 'not_json' }] },
    })
  })
})

it('names each field that is wrong, by its place', () => {
  const schema = z.strictObject({ a: z.object({ b: z.array(z.int()) }), c: z.string() })
  const { code, details } = refusalOf(() => parsed(schema, { a: { b: [1, 'x'] }, d: 1 }, 'body'))
  expect(code).toBe('input_invalid')
  expect((details.errors as { at: string }[]).map(({ at }) => at)).toEqual(['body.a.b.1', 'body.c', 'body.d'])
  expect((details.errors as { fault: string }[]).map(({ fault }) => fault)).toEqual([
    'wrong_type',
    'missing',
    'unknown_field',
  ])
  expect(parsed(schema, { a: { b: [] }, c: 'x' }, 'body')).toEqual({ a: { b: [] }, c: 'x' })
})

it.each([
  ['a word of several', z.object({ what: z.enum(['billing', 'payment_method']) }), {}, 'body.what', 'missing'],
  ['another word', z.object({ what: z.enum(['billing']) }), { what: 'all' }, 'body.what', 'invalid_value'],
  ['a number in an address', z.object({ quantity: z.coerce.number().int().min(1) }), {}, 'body.quantity', 'missing'],
  [
    'no number there',
    z.object({ quantity: z.coerce.number().int() }),
    { quantity: 'x' },
    'body.quantity',
    'wrong_type',
  ],
  ['one of two shapes', z.object({ to: z.union([z.string(), z.int()]) }), {}, 'body.to', 'missing'],
  ['words of a schema', z.object({ id: z.string().regex(/^sub_/, 'not_an_id') }), { id: 'x' }, 'body.id', 'not_an_id'],
  ['words of a schema, of nothing', z.object({ id: z.string().regex(/^sub_/, 'not_an_id') }), {}, 'body.id', 'missing'],
  ['a rule of several fields', z.object({}).refine(() => false), {}, 'body', 'invalid'],
  ['a time', z.object({ until: z.iso.datetime() }), { until: 'soon' }, 'body.until', 'invalid_format'],
])('says what is wrong with %s', (_, schema, value, at, fault) => {
  const { details } = refusalOf(() => parsed(schema, value, 'body'))
  expect(details.errors).toEqual([{ at, fault }])
})

it('names twenty at most, and says how many there are', () => {
  const wrong = Array.from({ length: 500 }, () => 'x')
  const { message, details } = refusalOf(() => parsed(z.array(z.int()), wrong, 'body'))
  expect((details.errors as unknown[]).length).toBe(20)
  expect(message).toBe('The request is wrong at body.0 (wrong_type) and 499 more, see errors.')
})

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['de-DE, ja', 'en'],
  ['fr', 'fr'],
  ['FR-ca', 'fr'],
  ['de, fr;q=0.8, en;q=0.7', 'fr'],
  ['fr;q=0.5, en-GB;q=0.9', 'en'],
  ['en, fr', 'en'],
  ['fr;q=0', 'en'],
  ['fr;q=x, en;q=0.1', 'fr'],
  ['french', 'en'],
])('the language for %j is %s', (wish, language) => {
  expect(languageOf(request(wish === undefined ? {} : { 'accept-language': wish }))).toBe(language)
})
