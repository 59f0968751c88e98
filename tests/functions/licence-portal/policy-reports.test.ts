import { describe, expect, it } from 'vitest'
import { takePolicyReport } from '../../../functions/licence-portal/take-policy-report.ts'
import { guid } from '../../builders.ts'
import { invoke } from '../../kit/invoke.ts'

const frame = {
  service: 'licence-portal',
  frontDoorId: null as string | null,
  origin: 'https://licences.example',
  now: () => new Date(),
}
const old = {
  'csp-report': {
    'document-uri': 'https://licences.example/subscriptions/sub_of_somebody?prefix=kim@contoso.example',
    'effective-directive': 'script-src-elem',
    'blocked-uri': 'https://evil.example/kim',
    'script-sample': 'alert("kim@contoso.example")',
  },
}
const recent = (effectiveDirective: unknown) => ({
  ...{ type: 'csp-violation', url: 'https://licences.example/it', user_agent: 'kim' },
  body: { effectiveDirective, blockedURL: 'https://evil.example', sample: 'kim' },
})
const send = (body: unknown, type: string, handler = takePolicyReport({ frame })) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) }
  return invoke(handler, 'take_policy_report', { method: 'POST', headers, body: text })
}
const CSP = 'application/csp-report'
const REPORTS = 'application/reports+json'

describe('POST /api/policy-reports', () => {
  it.each<[string, unknown, string, string[]]>([
    ['as browsers of before send one', old, CSP, ['script-src-elem']],
    ['as they do now', [recent('style-src-elem'), recent('img-src')], REPORTS, ['style-src-elem', 'img-src']],
    ['the same many times', Array.from({ length: 10 }, () => recent('img-src')), REPORTS, ['img-src']],
    ['of another kind', [{ type: 'deprecation', body: { id: 'kim' } }], REPORTS, []],
    ['a rule of no policy', [recent('kim@contoso.example'), recent('x'.repeat(99)), recent(7)], REPORTS, []],
    ['no JSON', '{', CSP, []],
    ['nothing', 'null', CSP, []],
  ])('204 %s: it says which rule, and nothing that the report says of somebody', async (_, body, type, rules) => {
    const { status, lines, text } = await send(body, type)
    expect([status, text]).toEqual([204, ''])
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      rules.map((rule) => ({ event: 'page_blocked', service: 'licence-portal', type: rule, version: 'dev' })),
    )
    expect(lines.join()).not.toMatch(/kim|evil|subscriptions/)
  })

  it('415 of another type, 413 when it is long, 403 past our Front Door', async () => {
    expect((await send(old, 'text/plain')).status).toBe(415)
    expect((await send(old, 'application/json')).status).toBe(415)
    expect((await send(`"${'x'.repeat(70_000)}"`, CSP)).status).toBe(413)
    const guarded = takePolicyReport({ frame: { ...frame, frontDoorId: guid(7) } })
    expect((await send(old, CSP, guarded)).status).toBe(403)
  })

  it('a flood of them writes few lines', async () => {
    const handler = takePolicyReport({ frame: { ...frame, now: () => new Date(0) } })
    const all = []
    for (let n = 0; n < 100; n++) all.push(await send(old, CSP, handler))
    expect(all.every(({ status }) => status === 204)).toBe(true)
    expect(all.flatMap(({ lines }) => lines)).toHaveLength(30)
  })
})
