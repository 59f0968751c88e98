import { type LogSink, log } from './log.ts'
import type { ShownSwitch } from './operations.ts'

/**
 * The handler of a timer: says in the log how each switch of a service stands, as the store has it, so that the picture of
 * the day knows also what was set before the logs begin, or without a command. A switch that cannot be read is not told.
 */
export const tellSwitches =
  (service: string, switches: () => Promise<ShownSwitch[]>) =>
  async (_timer: unknown, context: LogSink): Promise<void> => {
    for (const { name, on, since } of await switches())
      if (on !== null) log(context, 'info', 'switch_stands', { service, switch: name, on, since })
  }
