import { type Answer, type Incoming, jsonOf } from './answer.ts'
import type { Databases } from './databases.ts'
import { definitionOf } from './definition.ts'
import { checkId, isObject } from './item.ts'
import { Refusal, unsupported } from './refusal.ts'

const ok = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) })

/**
 * Answers what concerns the account, databases and containers.
 *
 * @throws Refusal for whatever is not a success
 */
export function answerContainers(databases: Databases, endpoint: string, incoming: Incoming): Answer {
  const { method, address } = incoming
  const { database, container } = address
  switch (`${method} ${address.kind}`) {
    case 'GET account':
      return ok(200, account(endpoint))
    case 'POST databases':
      return createDatabase(databases, jsonOf(incoming))
    case 'GET database':
      if (!databases.has(database)) throw new Refusal(404, `There is no database ${database}.`)
      return ok(200, { id: database })
    case 'DELETE database':
      databases.remove(database)
      return { status: 204 }
    case 'POST containers':
      return ok(201, databases.createContainer(database, definitionOf(jsonOf(incoming))).shown())
    case 'GET container':
      return ok(200, databases.container(database, container).shown())
    case 'DELETE container':
      databases.removeContainer(database, container)
      return { status: 204 }
    case 'GET ranges': {
      const { rid } = databases.container(database, container)
      return ok(200, { _rid: rid, PartitionKeyRanges: [{ id: '0', minInclusive: '', maxExclusive: 'FF' }], _count: 1 })
    }
    default:
      throw unsupported(`${method} on ${address.kind}`)
  }
}

function createDatabase(databases: Databases, body: unknown): Answer {
  if (!isObject(body)) throw new Refusal(400, 'A database must be a JSON object.')
  checkId(body.id)
  databases.create(body.id)
  return ok(201, { id: body.id })
}

function account(endpoint: string) {
  const locations = [{ name: 'Local', databaseAccountEndpoint: endpoint }]
  return {
    // The SDK ignores the locations of an account called localhost.
    id: 'local',
    writableLocations: locations,
    readableLocations: locations,
    enableMultipleWriteLocations: false,
    userConsistencyPolicy: { defaultConsistencyLevel: 'Strong' },
  }
}
