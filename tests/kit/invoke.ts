import { type HttpHandler, HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions'

/** What a test sends to a handler. */
export interface Sent {
  method: string
  url?: string
  headers?: Record<string, string>
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
}

/** What came back: parsed body, status, headers, and the lines that were logged. */
export interface Got {
  status: number
  headers: Record<string, string>
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape it expects and fails when it is another
  json: any
  text: string
  lines: string[]
}

/** An invocation context whose log lines are kept. */
export function contextOf(
  name: string,
  lines: string[],
  triggerMetadata: Record<string, unknown> = {},
): InvocationContext {
  const logHandler = (_level: string, ...args: unknown[]) => void lines.push(args.join(' '))
  return new InvocationContext({ functionName: name, logHandler, triggerMetadata } as never)
}

/** Calls a handler as the host does, with a real request and context. */
export async function invoke(handler: HttpHandler, name: string, sent: Sent): Promise<Got> {
  const lines: string[] = []
  const body = sent.body === undefined ? {} : { body: bodyOf(sent.body) }
  const json = sent.body === undefined ? {} : { 'content-type': 'application/json' }
  const request = new HttpRequest({
    method: sent.method,
    url: sent.url ?? 'http://localhost/api',
    headers: { ...json, ...sent.headers },
    params: sent.params ?? {},
    query: sent.query ?? {},
    ...body,
  })
  const answer = (await handler(request, contextOf(name, lines))) as HttpResponseInit
  const text = String(answer.body ?? '')
  const headers = Object.fromEntries(new Headers(answer.headers as never))
  return { status: answer.status ?? 200, headers, text, json: parse(text), lines }
}

const bodyOf = (body: unknown) =>
  body instanceof Uint8Array
    ? { bytes: Buffer.from(body) }
    : { string: typeof body === 'string' ? body : JSON.stringify(body) }

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
