import type { Route } from '@securemailmerge/shared/http/contract'
import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { openapi } from '@securemailmerge/shared/http/openapi'
import { statusOf } from '@securemailmerge/shared/http/problems'
import { describe, expect, it } from 'vitest'

interface Schema extends Record<string, unknown> {
  properties?: Record<string, Schema>
}
interface Operation {
  operationId: string
  summary: string
  parameters: { name: string; in: string; required: boolean; schema: Schema }[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
  responses: Record<string, { description: string; content: Record<string, { schema: Schema }> }>
}

const contracts = [licenceLookup, seatAssignment]
const document = JSON.parse(JSON.stringify(openapi('https://licences.example', contracts))) as {
  openapi: string
  servers: unknown
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> }
}
const routes = contracts.flatMap((contract) => Object.entries<Route>(contract))
const operationOf = (path: string, method: string) => document.paths[`/api/${path}`]?.[method.toLowerCase()]

/** Every object of the document, with the way to it. */
function* everything(value: unknown, way = '#'): Generator<[string, Record<string, unknown>]> {
  if (value === null || typeof value !== 'object') return
  yield [way, value as Record<string, unknown>]
  for (const [name, inner] of Object.entries(value)) yield* everything(inner, `${way}/${name}`)
}
const resolved = (ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)

it('is a document of OpenAPI 3.1 for the public address', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(document.servers).toEqual([{ url: 'https://licences.example' }])
  expect(Object.keys(document.components.securitySchemes)).toEqual(['entra'])
})

describe.each(routes)('%s', (name, route) => {
  const operation = operationOf(route.path, route.method)

  it('is there under its path and method', () => {
    expect(operation).toMatchObject({ operationId: name, summary: route.summary })
  })

  it('has every parameter of its path, and each of them is required', () => {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const described = operation?.parameters.filter((parameter) => parameter.in === 'path') ?? []
    expect(described.map((parameter) => parameter.name)).toEqual(inPath)
    expect(described.every(({ required }) => required)).toBe(true)
  })

  it('describes every refusal of its own under its status', () => {
    for (const code of route.refusals) {
      expect(operation?.responses[statusOf[code]]?.description.split(', ')).toContain(code)
    }
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '429', '503']),
    )
  })

  it('takes a body and an Idempotency-Key exactly when it changes something', () => {
    const changes = route.method !== 'GET'
    expect(operation?.requestBody !== undefined).toBe(route.method === 'POST')
    expect(operation?.parameters.some(({ name: one }) => one === 'Idempotency-Key')).toBe(changes)
  })
})

it('describes nothing that is no route', () => {
  const described = Object.values(document.paths).flatMap((path) => Object.values(path))
  expect(described.map(({ operationId }) => operationId).sort()).toEqual(routes.map(([name]) => name).sort())
})

it('leads nowhere that does not exist', () => {
  const refs = [...everything(document)].flatMap(([way, { $ref }]) => (typeof $ref === 'string' ? [[way, $ref]] : []))
  expect(refs.length).toBeGreaterThan(50)
  expect(refs.filter(([, ref]) => resolved(String(ref)) === undefined)).toEqual([])
})

it('names what it answers', () => {
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Problem', 'LookUpAnswer', 'Subscription', 'Seat']),
  )
  expect(document.components.schemas.LookUpAnswer?.properties).toHaveProperty('footer')
})

it('lets answers grow: no answer forbids a further member, every body does', () => {
  for (const [name, route] of routes) {
    const operation = operationOf(route.path, route.method)!
    const answer = [...everything(operation.responses)].map(([, value]) => value.additionalProperties)
    expect([name, answer.filter((more) => more === false)]).toEqual([name, []])
    if (operation.requestBody) {
      expect(operation.requestBody.content['application/json'].schema.additionalProperties).toBe(false)
    }
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    expect([name, schema.additionalProperties]).not.toEqual([name, false])
  }
})

it('says what a list of addresses may hold', () => {
  const body = operationOf('subscriptions/{subscriptionId}/seats', 'POST')?.requestBody?.content['application/json']
    .schema
  expect(body?.properties?.addresses).toMatchObject({ type: 'array', minItems: 1, maxItems: 90 })
})
