import type * as z from 'zod'
import type { RefusalCode } from '../refusal.ts'

/** A registration whose tokens a route takes. */
export type Client = 'addIn' | 'portal'

/** One route: what it takes, what it answers, who may ask. Handlers, OpenAPI and tests read the same object. */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below `/api/`, with `{parameter}`. */
  path: string
  summary: string
  /** Registrations whose tokens are taken; a session is taken where the portal is. Empty for the page alone. */
  clients: Client[]
  params: Params
  query: Query
  /** Request headers that a handler reads, with what they are for. */
  headers?: Record<string, string>
  body: Body
  answer: Answer
  /** Refusals of its own; what the frame refuses is the same for all. */
  refusals: RefusalCode[]
  /** Calls of one account in a minute. */
  perMinute: number
  /** Bytes of a body. */
  bodyLimit: number
  /** The handler reads the body itself, as it comes: of this media type. */
  stream?: string
  /** Media types of an answer that is no JSON, with what each is. `answer` is the shape of a line, where it has lines. */
  renders?: Record<string, string>
  /** Headers of its answer, with what they are for. */
  answerHeaders?: Record<string, string>
  /** Whether a repeat under the same Idempotency-Key is answered as the first was. */
  keepsKey?: boolean
  /** Whether this call wants a sign-in of the last ten minutes: money, ownership, mass changes (F18). */
  needsFreshSignIn?(body: z.output<Body>): boolean
  /** Of our own page alone, by its cookies: nobody has to be signed in, and no token is looked at. */
  forPage?: true
  /** It ends something that its caller has begun: nobody is kept from that, also while an operator has stopped changes. */
  isStop?: boolean
}

/** Routes of one service by the name of their function. */
export type Contract = Record<string, Route>

/** Says nothing at run time; keeps the types of the schemas. */
export const route = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  definition: Route<P, Q, B, A>,
): Route<P, Q, B, A> => definition
