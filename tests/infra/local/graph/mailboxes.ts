import { type GraphOptions, type LocalGraph, startGraph } from '../../../../infra/local/graph/start-graph.ts'
import { cast } from '../../../../infra/local/identity/cast.ts'

export const minute = 60_000
export const everything = ['Mail.Send', 'Mail.Send.Shared', 'Mail.ReadWrite']
export const olivia = cast.olivia.mail
export const bea = cast.bea.mail

/** A Graph with a clock that is moved by hand, and somebody who asks it by plain requests. */
export type Machine = Awaited<ReturnType<typeof startMachine>>

export async function startMachine(options: GraphOptions = {}, begin = '2026-03-01T12:00:00Z') {
  let time = Date.parse(begin)
  const graph: LocalGraph = await startGraph({ now: () => new Date(time), ...options })
  const tokenOf = ({ tenantId, objectId }: { tenantId: string; objectId: string }, scopes = everything) =>
    graph.tokenFor({ tenantId, objectId, scopes })
  const tokens = { olivia: tokenOf(cast.olivia), bea: tokenOf(cast.bea) }

  /** One request, as Olivia unless somebody else is named. */
  async function ask(what: string, body?: unknown, headers: Record<string, string | undefined> = {}) {
    const [method = '', path = ''] = what.split(/ (.*)/)
    const all = { authorization: `Bearer ${tokens.olivia}`, prefer: 'IdType="ImmutableId"', ...headers }
    const response = await fetch(path.startsWith('http') ? path : `${graph.origin}/v1.0/${path}`, {
      method,
      headers: Object.fromEntries(
        Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body) }),
      redirect: 'manual',
    })
    const text = await response.text()
    // biome-ignore lint/suspicious/noExplicitAny: answers have many shapes, which each test reads as it expects them
    const json = (text.startsWith('{') ? JSON.parse(text) : undefined) as any
    return {
      status: response.status,
      headers: response.headers,
      text,
      json,
      code: json?.error?.code as string | undefined,
    }
  }

  const draft = async (some: object = {}) => (await ask('POST me/messages', { ...aMessage(), ...some })).json
  const send = (some: object = {}, headers = {}) =>
    ask('POST me/sendMail', { message: { ...aMessage(), ...some } }, headers)

  return {
    ...{ graph, tokens, tokenOf, ask, draft, send },
    passes(ms: number): void {
      time += ms
    },
    close: () => graph.close(),
  }
}

let row = 0

/** What a mail needs, with a stamp of its own. */
export const aMessage = (stamp = `c1.${++row}`) => ({
  subject: 'Hello',
  body: { contentType: 'HTML', content: '<p>Hi</p>' },
  toRecipients: [to('ann@x.example')],
  internetMessageHeaders: [{ name: 'x-securemailmerge-id', value: stamp }],
})

export const to = (address: string) => ({ emailAddress: { address } })

/** One of a path with its id encoded. */
export const of = (id: string, rest = ''): string => `me/messages/${encodeURIComponent(id)}${rest}`
