import type { Registration } from './app.ts'
import type { Binding } from './contract.ts'
import { expand, needed, type Settings } from './settings.ts'
import { StartFailure, unsupported } from './start-failure.ts'

/** What each function has: its registration, and the name of the binding that its input goes to. */
type Common = { name: string; service: string; registration: Registration; input: string }

/** Answers requests; `route` includes the prefix and has no slashes around it. */
export type HttpFunction = Common & { trigger: 'http'; methods: string[]; route: string }

/** Runs by the clock. */
export type TimerFunction = Common & { trigger: 'timer'; schedule: string; runOnStartup: boolean; monitored: boolean }

/** Handles the messages of a queue, by sessions or as they come; `connection` is a connection string. */
export type QueueFunction = Common & { trigger: 'queue'; queue: string; connection: string; sessions: boolean }

/** A function that this host can run. */
export type HostedFunction = HttpFunction | TimerFunction | QueueFunction

/** What the local page is shown of a function. */
export const described = (one: HostedFunction) => ({
  service: one.service,
  name: one.name,
  trigger: one.trigger,
  ...(one.trigger === 'http' && { methods: one.methods, route: `/${one.route}` }),
  ...(one.trigger === 'timer' && { schedule: one.schedule }),
  ...(one.trigger === 'queue' && { queue: one.queue }),
})

/**
 * Checks a registration and reads what the host needs of it.
 * @throws StartFailure for a missing setting, and for everything that this host does not do
 */
export function hosted(registration: Registration, routePrefix: string, settings: Settings): HostedFunction {
  const { name, bindings, retryOptions } = registration.metadata
  const where = `function "${name}"`
  if (!/^[a-z][a-z0-9_-]{0,127}$/i.test(name)) throw new StartFailure(`${where}: Azure does not take this name`)
  if (retryOptions) throw unsupported(where, 'retry policies')
  const triggers = Object.entries(bindings).filter(([, { type }]) => /trigger$/i.test(type))
  const [trigger, another] = triggers
  if (!trigger || another) throw new StartFailure(`${where} has ${triggers.length} triggers instead of one`)
  const [input, binding] = trigger
  checkOthers(where, binding, bindings)
  const common = { name, service: registration.app.service, registration, input }
  switch (binding.type.toLowerCase()) {
    case 'httptrigger':
      return { ...common, trigger: 'http', ...httpOptions(where, name, binding, routePrefix) }
    case 'timertrigger':
      return { ...common, trigger: 'timer', ...timerOptions(where, binding, settings) }
    case 'servicebustrigger':
      return { ...common, trigger: 'queue', ...queueOptions(where, binding, settings) }
    default:
      throw unsupported(where, `the trigger type ${binding.type}`)
  }
}

/** Beside its trigger, a function may only have the answer of an HTTP function. */
function checkOthers(where: string, trigger: Binding, bindings: Record<string, Binding>): void {
  const answers = /^httptrigger$/i.test(trigger.type)
  for (const [name, binding] of Object.entries(bindings)) {
    if (binding === trigger || (answers && name === '$return' && binding.type === 'http')) continue
    throw unsupported(where, `the binding ${name} of type ${binding.type}: send with the SDK client instead`)
  }
}

function httpOptions(where: string, name: string, { authLevel, methods, route }: Binding, routePrefix: string) {
  if (authLevel !== 'anonymous') throw unsupported(where, `authLevel ${authLevel}`)
  const named = (methods as string[]).map((method) => method.toUpperCase())
  return {
    // The host answers HEAD wherever it answers GET.
    methods: named.includes('GET') && !named.includes('HEAD') ? [...named, 'HEAD'] : named,
    route: [routePrefix, ((route as string) || name).replace(/^\/|\/$/g, '')].filter(Boolean).join('/'),
  }
}

const timerOptions = (where: string, { schedule, runOnStartup, useMonitor }: Binding, settings: Settings) => ({
  schedule: expand(schedule as string, settings, where),
  runOnStartup: runOnStartup === true,
  monitored: useMonitor !== false,
})

function queueOptions(where: string, binding: Binding, settings: Settings) {
  const { queueName, topicName, connection, cardinality } = binding
  if (topicName !== undefined) throw unsupported(where, 'topics')
  if (cardinality === 'many') throw unsupported(where, 'cardinality many')
  for (const option of ['sdkBinding', 'dataType']) {
    if (binding[option]) throw unsupported(where, option)
  }
  if (binding.autoCompleteMessages === false) throw unsupported(where, 'autoCompleteMessages: false')
  return {
    queue: expand(queueName as string, settings, where),
    sessions: binding.isSessionsEnabled === true,
    connection: needed((connection as string) || 'AzureWebJobsServiceBus', settings, where),
  }
}
