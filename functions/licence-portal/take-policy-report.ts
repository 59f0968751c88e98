import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions'
import { cameThroughFrontDoor } from '@securemailmerge/shared/http/front-door'
import { Limits } from '@securemailmerge/shared/http/limits'
import { apiHeaders } from '@securemailmerge/shared/http/security-headers'
import { log } from '@securemailmerge/shared/log'
import * as z from 'zod'
import type { Services } from './wiring.ts'

const MOST_BYTES = 64 * 1024
/** Lines of a process in a minute; a broken page in many browsers says the same in each of them. */
const LINES_PER_MINUTE = 30
const REPORTS_READ = 10

const Directive = z.string().regex(/^[a-z][a-z-]{2,40}$/)
/** As `report-uri` sends it, and as `report-to` does. */
const Old = z.object({ 'csp-report': z.object({ 'effective-directive': Directive }) })
const New = z.object({ type: z.literal('csp-violation'), body: z.object({ effectiveDirective: Directive }) })

/**
 * POST /api/policy-reports: a browser has kept the page from something. Which rule it was is logged and nothing else:
 * the rest of a report is addresses and texts of one person, and anybody can send one.
 */
export function takePolicyReport({ frame }: Pick<Services, 'frame'>): HttpHandler {
  const limits = new Limits()
  return async (request, context) => {
    if (!cameThroughFrontDoor(request, frame.frontDoorId)) return answer(403)
    if (!/^application\/(csp-report|reports\+json)\b/i.test(request.headers.get('content-type') ?? ''))
      return answer(415)
    if (!(Number(request.headers.get('content-length') ?? Number.NaN) <= MOST_BYTES)) return answer(413)
    for (const type of await rulesIn(request)) {
      try {
        limits.take('line', LINES_PER_MINUTE, frame.now())
      } catch {
        break
      }
      log(context, 'warn', 'page_blocked', { service: frame.service, type })
    }
    return answer(204)
  }
}

/** Names of rules of the policy, each once. */
async function rulesIn(request: HttpRequest): Promise<string[]> {
  const reports = await request.json().catch(() => undefined)
  const all: unknown[] = Array.isArray(reports) ? reports.slice(0, REPORTS_READ) : [reports]
  const rules = all.flatMap((one) => {
    const [old, recent] = [Old.safeParse(one), New.safeParse(one)]
    if (old.success) return old.data['csp-report']['effective-directive']
    return recent.success ? recent.data.body.effectiveDirective : []
  })
  return [...new Set(rules)]
}

const answer = (status: number): HttpResponseInit => ({ status, headers: apiHeaders })
