import type { ServerResponse } from 'node:http'
import type { Ending } from './serve-api.ts'

const part = Buffer.alloc(64 * 1024, ' ')
const PAUSE_MS = 5

/** Sends an answer, or cuts the connection. */
export function respond(response: ServerResponse, ending: Ending, requestId: string, now: Date): void {
  if (response.destroyed) return
  if (ending === 'cut') return void response.socket?.resetAndDestroy()
  const { status, body, headers, isEndless } = ending
  const isText = typeof body === 'string'
  response.writeHead(status, {
    ...(body === undefined && !isEndless ? {} : { 'Content-Type': isText ? 'text/html' : 'application/json' }),
    'request-id': requestId,
    Date: now.toUTCString(),
    ...headers,
  })
  const text = body === undefined || isText ? body : JSON.stringify(body)
  if (isEndless) pour(response, text)
  else response.end(text)
}

/** Writes for as long as somebody reads, though not so fast that nobody else gets a turn. */
function pour(response: ServerResponse, beginning = ''): void {
  response.write(beginning)
  const more = () => {
    if (response.destroyed) return
    if (response.write(part)) setTimeout(more, PAUSE_MS)
    else response.once('drain', () => setTimeout(more, PAUSE_MS))
  }
  more()
}
