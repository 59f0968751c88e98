import * as z from 'zod'
import type { RefusalCode } from '../refusal.ts'
import type { Contract, Route } from './contract.ts'
import { SESSION_COOKIE } from './cookies.ts'
import { statusOf } from './problems.ts'

const always: RefusalCode[] = [
  'input_invalid',
  'token_invalid',
  'scope_missing',
  'client_not_allowed',
  'too_many_requests',
  'unavailable',
]
const ofPage: RefusalCode[] = ['input_invalid', 'client_not_allowed', 'unavailable']
const whenChanging: RefusalCode[] = ['body_too_large', 'unsupported_media_type', 'changed_meanwhile']

function converted(type: z.ZodType, io: 'input' | 'output') {
  return z.toJSONSchema(type, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    // Answers grow: whoever reads one must bear members that it does not know.
    override: ({ jsonSchema }) => {
      if (io === 'output') delete jsonSchema.additionalProperties
    },
  })
}

function schema(type: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, $defs: _named, ...rest } = converted(type, io)
  return relocated(rest)
}

/** The answers that have a name: they stand once, where references of the whole document find them. */
const namedSchemas = (routes: Route[]): Record<string, unknown> =>
  relocated(Object.assign({}, ...routes.map(({ answer }) => converted(answer, 'output').$defs)))

const relocated = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))

/** An OpenAPI 3.1 document from the very schemas that the endpoints check with. */
export function openapi(origin: string, contracts: Contract[]): Record<string, unknown> {
  const routes = contracts.flatMap((contract) => Object.entries(contract))
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of routes) {
    const path = `/api/${route.path}`
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: operation(name, route),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'SecureMailMerge',
      version: '1',
      description: 'Fields and codes are only ever added.',
    },
    servers: [{ url: origin }],
    security: [{ entra: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        entra: {
          type: 'http',
          scheme: 'bearer',
          description: 'Access token of Entra ID, version 2',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'Session of our own page; where there is a token as well, the token alone counts.',
        },
      },
      schemas: { Problem: problemSchema, ...namedSchemas(routes.map(([, route]) => route)) },
    },
  }
}

function operation(name: string, route: Route) {
  return {
    operationId: name,
    summary: route.summary,
    ...(route.forPage ? { security: [] } : {}),
    parameters: [
      ...parameters(route.params, 'path'),
      ...parameters(route.query, 'query'),
      ...Object.entries(route.headers ?? {}).map(([header, description]) => ({
        ...{ name: header, in: 'header', required: false, description, schema: { type: 'string' } },
      })),
      ...(route.keepsKey ? [repeat] : []),
    ],
    ...(route.method === 'POST' ? { requestBody: { required: true, content: bodyOf(route) } } : {}),
    responses: {
      200: {
        description: 'Done',
        ...(route.answerHeaders ? { headers: described(route.answerHeaders) } : {}),
        content: answerOf(route),
      },
      ...refusals(codesOf(route)),
      500: { description: 'internal', content: problemContent },
    },
  }
}

function codesOf(route: Route): RefusalCode[] {
  const changes = route.method !== 'GET'
  return [
    ...(route.forPage ? ofPage : always),
    ...(changes ? whenChanging : []),
    ...(route.keepsKey ? (['idempotency_mismatch'] as const) : []),
    ...(changes && !route.isStop && !route.forPage ? (['read_only'] as const) : []),
    ...(route.needsFreshSignIn ? (['fresh_sign_in_required'] as const) : []),
    ...route.refusals,
  ]
}

const bodyOf = ({ stream, body }: Route) =>
  stream === undefined
    ? { 'application/json': { schema: schema(body, 'input') } }
    : { [stream]: { schema: { type: 'string', format: 'binary' } } }

/** What is no JSON is a text, whatever stands in it: nobody may take a line of it for the whole. */
const answerOf = ({ renders, answer }: Route) =>
  renders === undefined
    ? { 'application/json': { schema: schema(answer, 'output') } }
    : Object.fromEntries(
        Object.entries(renders).map(([type, description]) => [type, { schema: { type: 'string', description } }]),
      )

const described = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  )

const repeat = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes a repeat of this very request safe: it is answered as the first was.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function parameters(type: z.ZodType, where: 'path' | 'query') {
  const { properties = {}, required = [] } = schema(type, 'input') as {
    properties?: object
    required?: string[]
  }
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: one,
  }))
}

function refusals(codes: RefusalCode[]) {
  const byStatus = Object.groupBy(codes, (code) => statusOf[code])
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, some]) => {
      return [status, { description: some?.join(', '), content: problemContent }]
    }),
  )
}

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

const problemSchema = {
  type: 'object',
  description: 'RFC 9457. Switch on `title`; further members depend on it.',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string', enum: [...Object.keys(statusOf), 'internal'] },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
  },
}
