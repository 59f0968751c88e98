import { type Check, deviations, differences } from './check.ts'
import { all, last, names, services, type World } from './world.ts'

const seconds = (duration: string) => Number(/^PT(\d+)S$/.exec(duration)?.[1])

/** Containers and queues, called and cut as the code expects. */
export const namesChecks: Check[] = [
  {
    name: 'containers',
    protects:
      'Each container that the code opens is there, cut by the key and forgetting by the clock that it counts on.',
    find: containers,
  },
  {
    name: 'queues',
    protects: 'Each queue that the code sends to or handles is there, with sessions, lock and life as it expects.',
    find: queues,
  },
  {
    name: 'triggers',
    protects: 'A service handles the queues that `names.json` lets it handle, with sessions where the queue has some.',
    find: triggers,
  },
]

function containers(world: World): string[] {
  const found = all(world, 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers')
  const account = all(world, 'Microsoft.DocumentDB/databaseAccounts')[0]?.name
  const database = `${account}/${names.database}/`
  return [
    ...differences(
      found.map(({ name }) => name),
      Object.keys(names.containers).map((name) => database + name),
      'no code knows container',
      'there is no container',
    ),
    ...found.flatMap(({ name, properties: { resource } }) => {
      const wanted = (names.containers as Record<string, (typeof names.containers)['sending']>)[resource.id]
      if (!wanted) return [`container ${name}: no code calls it ${resource.id}`]
      const indexing = resource.indexingPolicy
      return deviations(
        `container ${resource.id}`,
        {
          partitionKey: resource.partitionKey?.paths?.join(),
          defaultTtl: resource.defaultTtl,
          indexed: indexing?.includedPaths?.map(({ path }: { path: string }) => path),
          notIndexed: indexing?.excludedPaths,
          indexing: indexing?.indexingMode,
          cut: [resource.partitionKey?.kind, resource.partitionKey?.version],
        },
        { ...wanted, notIndexed: [{ path: '/*' }], indexing: 'consistent', cut: ['Hash', 2] },
      )
    }),
  ]
}

function queues(world: World): string[] {
  const found = all(world, 'Microsoft.ServiceBus/namespaces/queues')
  return [
    ...differences(
      found.map(({ name }) => last(name)),
      Object.keys(names.queues),
      'no code knows queue',
      'there is no queue',
    ),
    ...found.flatMap(({ name, properties }) => {
      const wanted = names.queues[last(name) as keyof typeof names.queues]
      return deviations(
        `queue ${last(name)}`,
        {
          lockSeconds: seconds(properties.lockDuration),
          maxDeliveryCount: properties.maxDeliveryCount,
          timeToLiveSeconds: seconds(properties.defaultMessageTimeToLive),
          sessions: properties.requiresSession,
          deadLettersWhatIsLate: properties.deadLetteringOnMessageExpiration,
        },
        { sessions: false, ...wanted, deadLettersWhatIsLate: false },
      )
    }),
  ]
}

function triggers({ code }: World): string[] {
  return services.flatMap((service) => {
    const handlers = (code[service] ?? []).flatMap((one) => (one.queue === undefined ? [] : [one]))
    const handled = handlers.map(({ queue }) => String(queue))
    const odd = handlers.filter(({ queue, sessions }) => {
      const known = names.queues[queue as keyof typeof names.queues] as { sessions?: boolean } | undefined
      return (known?.sessions ?? false) !== sessions
    })
    return [
      ...differences(
        handled,
        names.services[service].handles,
        `${service} may not handle`,
        `${service} does not handle`,
      ),
      ...odd.map(({ name, queue }) => `${name} and queue ${queue} differ about sessions`),
    ]
  })
}
