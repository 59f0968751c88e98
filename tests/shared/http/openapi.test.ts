import type { Route } from '@securemailmerge/shared/http/contract'
import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
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
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description: string; headers?: object; content: Record<string, { schema: Schema }> }>
}

const contracts = [licenceLookup, seatAssignment, purchaseWebhooks, campaigns, mailboxes, licencePortal]
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
  expect(Object.keys(document.components.securitySchemes)).toEqual(['entra', 'session'])
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
      expect.arrayContaining(['200', '400', '403', '503', ...(route.forPage ? [] : ['401', '429'])]),
    )
  })

  it('takes a body exactly when it is sent one, and an Idempotency-Key where that is kept', () => {
    expect(operation?.requestBody !== undefined).toBe(route.method === 'POST')
    const keepsKey = route.keepsKey === true
    expect(operation?.parameters.some(({ name: one }) => one === 'Idempotency-Key')).toBe(keepsKey)
    expect(operation?.responses[422]?.description.includes('idempotency_mismatch') ?? false).toBe(keepsKey)
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
  expect(document.components.schemas.ReportLine?.properties).toHaveProperty('why')
})

it('lets answers grow: no answer forbids a further member, every body does', () => {
  for (const [name, route] of routes) {
    const operation = operationOf(route.path, route.method)!
    const answer = [...everything(operation.responses)].map(([, value]) => value.additionalProperties)
    expect([name, answer.filter((more) => more === false)]).toEqual([name, []])
    const body = operation.requestBody?.content['application/json']
    if (body) expect(body.schema.additionalProperties).toBe(false)
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    expect([name, schema.additionalProperties]).not.toEqual([name, false])
  }
})

it('says of what is no JSON what it is', () => {
  const typesOf = (name: keyof typeof campaigns) => {
    const { requestBody, responses } = operationOf(campaigns[name].path, campaigns[name].method)!
    return [Object.keys(requestBody?.content ?? {}), Object.keys(responses[200]!.content)]
  }
  expect(typesOf('upload_recipients')).toEqual([['application/jsonl'], ['application/json']])
  expect(typesOf('preview_row')).toEqual([[], ['text/html']])
  expect(typesOf('report_campaign')).toEqual([[], ['application/jsonl', 'text/csv']])
  const { headers } = operationOf(campaigns.report_campaign.path, 'GET')!.responses[200]!
  expect(headers).toHaveProperty('Next-After')
})

it('promises a key only of what keeps it', () => {
  const keeping = routes.filter(([, { keepsKey }]) => keepsKey).map(([name]) => name)
  expect(keeping.toSorted()).toEqual([
    ...['accept_invitation', 'assign_seats', 'cancel_subscription', 'create_campaign', 'describe_subscription'],
    ...['hand_on_seat', 'open_checkout', 'rebind_seats', 'set_quantity', 'undo_cancel', 'withdraw_seats'],
  ])
})

it('says of details how long they may be, and that one is needed', () => {
  const operation = operationOf('subscriptions/{subscriptionId}/details', 'POST')
  const schema = operation?.requestBody?.content['application/json']?.schema
  expect(schema).toMatchObject({ minProperties: 1, properties: { name: { type: 'string', maxLength: 100 } } })
  expect(schema?.required).toBeUndefined()
  expect(JSON.stringify(schema?.properties?.contact)).toContain('"maxLength":300')
})

it('says what a list of addresses may hold', () => {
  const body = operationOf('subscriptions/{subscriptionId}/seats', 'POST')?.requestBody?.content['application/json']
    ?.schema
  expect(body?.properties?.addresses).toMatchObject({ type: 'array', minItems: 1, maxItems: 90 })
})
