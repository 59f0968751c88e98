import { GraphError, unknown } from './graph-error.ts'
import type { Message, Recipient } from './message.ts'

const parts: Record<string, (message: Message) => unknown> = {
  createdDateTime: ({ madeAt }) => iso(madeAt),
  lastModifiedDateTime: ({ changedAt }) => iso(changedAt),
  sentDateTime: ({ sentAt, madeAt }) => iso(sentAt ?? madeAt),
  subject: ({ subject }) => subject,
  body: ({ isText, html }) => ({ contentType: isText ? 'text' : 'html', content: html }),
  from: ({ from, mailbox }) => graphOf({ address: from ?? mailbox, name: null }),
  toRecipients: ({ to }) => to.map(graphOf),
  ccRecipients: ({ cc }) => cc.map(graphOf),
  bccRecipients: ({ bcc }) => bcc.map(graphOf),
  isDraft: ({ isDraft }) => isDraft,
  internetMessageId: ({ internetMessageId }) => internetMessageId,
  parentFolderId: ({ folder }) => Buffer.from(`folder ${folder}`).toString('base64url'),
  hasAttachments: ({ files }) => files.length > 0,
}

/** What a query asks to see of messages. */
export interface Sight {
  fields: string[]
  /** Ids of extended properties, in lower case. */
  properties: string[]
}

/** Reads `$select` and `$expand`. @throws GraphError that names what is not understood */
export function sightOf(query: URLSearchParams): Sight {
  const fields = query.get('$select')?.split(',') ?? Object.keys(parts)
  const other = fields.find((name) => name !== 'id' && !Object.hasOwn(parts, name))
  if (other !== undefined) unknown(`the property '${other}' of a message`)
  const expand = query.get('$expand') ?? ''
  const [, wanted] =
    /^singleValueExtendedProperties\(\$filter=(id eq '[^']+'(?: or id eq '[^']+')*)\)$/i.exec(expand) ?? []
  if (expand !== '' && wanted === undefined) unknown(`$expand=${expand}`)
  return { fields, properties: Array.from((wanted ?? '').matchAll(/'([^']+)'/g), ([, id]) => String(id).toLowerCase()) }
}

/** A message as Graph shows it. */
export function shown(message: Message, { fields, properties }: Sight): object {
  const entries = fields.filter((name) => name !== 'id').map((name) => [name, parts[name]?.(message)])
  const found = Object.entries(message.properties).filter(([id]) => properties.includes(id.toLowerCase()))
  return {
    '@odata.etag': `W/"${message.changedAt}"`,
    id: message.id,
    ...Object.fromEntries(entries),
    ...(found.length === 0 ? {} : { singleValueExtendedProperties: found.map(([id, value]) => ({ id, value })) }),
  }
}

/** A whole number of a query. @throws GraphError for anything else */
export function numberOf(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const given = query.get(name)
  if (given === null) return otherwise
  if (/^\d{1,9}$/.test(given) && Number(given) <= most) return Number(given)
  throw new GraphError(400, 'BadRequest', `The local Graph takes ${name} up to ${most}, not '${given}'.`)
}

const iso = (ms: number): string => new Date(ms).toISOString()

const graphOf = ({ address, name }: Recipient) => ({ emailAddress: { name: name ?? address, address } })
