import type { Cookie, HttpHandler, HttpRequest, InvocationContext } from '@azure/functions'
import type * as z from 'zod'
import { Refusal } from '../refusal.ts'
import { answered, jsonAnswer } from './answered.ts'
import type { Route } from './contract.ts'
import { cameThroughFrontDoor } from './front-door.ts'
import { onlyOwnPage } from './own-page.ts'
import { jsonBody, languageOf, parsed } from './read-request.ts'

/** What the routes stand on that our own page alone asks. */
export interface PageFrame {
  service: string
  frontDoorId: string | null
  origin: string
  now: () => Date
}

/** One checked call of our own page. Nobody has to be signed in. */
export interface PageCall<R extends Route> {
  body: z.output<R['body']>
  request: HttpRequest
  context: InvocationContext
  language: 'en' | 'fr'
  now: Date
}

/** A handler answers with the body, and with cookies to set. */
export type PageHandle<R extends Route> = (
  call: PageCall<R>,
) => Promise<{ answer: z.input<R['answer']>; cookies?: Cookie[] }>

/**
 * The frame of a route that our own page alone asks, by its cookies: no token is looked at, and no other page is answered
 * (F19). A handler throws a Refusal or returns.
 */
export const pageEndpoint = <R extends Route>(
  frame: PageFrame,
  name: string,
  route: R,
  handle: PageHandle<R>,
): HttpHandler =>
  answered(frame.service, name, async (request, context) => {
    if (!cameThroughFrontDoor(request, frame.frontDoorId)) {
      throw new Refusal('client_not_allowed', 'Ask through the public address.')
    }
    onlyOwnPage(request, frame.origin)
    const raw = route.method === 'POST' ? await jsonBody(request, route.bodyLimit) : undefined
    const body = parsed<R['body']>(route.body, raw, 'body')
    const { answer, cookies = [] } = await handle({
      ...{ body, request, context },
      language: languageOf(request),
      now: frame.now(),
    })
    return { ...jsonAnswer(answer), cookies }
  })
