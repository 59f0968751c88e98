import type { HttpFunction } from './hosted.ts'
import { StartFailure, unsupported } from './start-failure.ts'

/** One part of a route between two slashes. */
type Segment = { kind: 'literal'; text: string } | { kind: 'required' | 'optional' | 'rest'; name: string }
type Route = { target: HttpFunction; methods: ReadonlySet<string>; segments: Segment[] }

/** A function that is asked for, and the parameters of its route. */
export type Match = { target: HttpFunction; params: Record<string, string> }

const parameter = /^\{(\*{0,2})([a-z_]\w*)(\??)\}$/i

/**
 * Finds the function that a request is for, by the rules of the real host: a literal beats a parameter, segment by
 * segment; then the longer route wins; a route whose methods do not fit is passed over.
 */
export class Routes {
  readonly #routes: Route[]

  /** @throws StartFailure when two functions would answer the same requests, or a route has what is not supported */
  constructor(functions: HttpFunction[]) {
    this.#routes = functions.map(routeOf).sort(bySpecificity)
    for (const [at, route] of this.#routes.entries()) {
      const rival = this.#routes.slice(at + 1).find((other) => overlap(route, other))
      if (rival) throw new StartFailure(`the route /${route.target.route} is taken twice: ${owners(route, rival)}`)
    }
  }

  /** Undefined when no route fits: the host answers 404, also when only the method is wrong. */
  match(method: string, path: string): Match | undefined {
    const parts = path.slice(1).split('/')
    if (parts.at(-1) === '') parts.pop()
    for (const [at, part] of parts.entries()) if (part.includes('%')) parts[at] = decoded(part)
    for (const { target, methods, segments } of this.#routes) {
      if (!methods.has(method)) continue
      const params = fit(segments, parts)
      if (params) return { target, params }
    }
    return undefined
  }
}

function fit(segments: Segment[], parts: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [at, segment] of segments.entries()) {
    const part = parts[at]
    if (segment.kind === 'rest') {
      if (part !== undefined) params[segment.name] = parts.slice(at).join('/')
      return params
    }
    if (part === undefined) return segment.kind === 'optional' ? params : undefined
    if (part === '') return undefined
    if (segment.kind !== 'literal') params[segment.name] = part
    else if (segment.text !== part && segment.text !== part.toLowerCase()) return undefined
  }
  return parts.length > segments.length ? undefined : params
}

/** As the real host does it: an escaped slash stays escaped, and what is no valid escape stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replace(/%2f/gi, (slash) => `%25${slash.slice(1)}`))
  } catch {
    return part
  }
}

function routeOf(target: HttpFunction): Route {
  const segments = target.route.split('/').map((text): Segment => {
    if (!/[{}*]/.test(text)) return { kind: 'literal', text: text.toLowerCase() }
    const [, stars, name, question] = parameter.exec(text) ?? []
    if (!name || (stars && question)) throw unsupported(`function "${target.name}"`, `the route segment ${text}`)
    return { kind: stars ? 'rest' : question ? 'optional' : 'required', name }
  })
  for (const [at, { kind }] of segments.entries()) {
    const next = segments[at + 1]
    if (next && (kind === 'rest' || (kind === 'optional' && next.kind !== 'optional')))
      throw new StartFailure(`function "${target.name}": in its route, ${next.kind} cannot follow ${kind}`)
  }
  return { target, methods: new Set(target.methods), segments }
}

function bySpecificity(one: Route, other: Route): number {
  for (const [at, segment] of one.segments.entries()) {
    const facing = other.segments[at]
    if (!facing) return -1
    const order = rank(segment) - rank(facing)
    if (order !== 0) return order
  }
  return one.segments.length < other.segments.length ? 1 : 0
}

const rank = ({ kind }: Segment): number => (kind === 'literal' ? 0 : kind === 'rest' ? 2 : 1)

const overlap = (one: Route, other: Route): boolean =>
  shape(one) === shape(other) && [...one.methods].some((method) => other.methods.has(method))

const shape = ({ segments }: Route): string =>
  segments.map((segment) => (segment.kind === 'literal' ? segment.text : `{${rank(segment)}}`)).join('/')

const owners = (...routes: Route[]): string =>
  routes.map(({ target }) => `"${target.name}" of ${target.service}`).join(' and ')
