import type { CommandQueue } from '../../infra/local/system.ts'
import type { Operator } from './commands-kit.ts'

/** A command as its JSON says it. */
export type Body = { command: string } & Record<string, unknown>

/** One way to use a command, and how one sees that it was done. */
export interface Row {
  command: string
  does: string
  /** Makes what it is about. */
  prepare: (operator: Operator) => Promise<Trial>
}

/** A command that is about to be sent. */
export interface Trial {
  body: Body
  /** What its answer says; of a repeat, where that is another. */
  result: object
  repeat?: object
  /** Looks for its effect, as customers see it; asked after each repeat too. Nothing where the answer is all of it. */
  seen?: () => Promise<void>
  /** Another command, after which this one comes again: what was done last stays. */
  later?: { next: () => Promise<void>; seen: () => Promise<void> }
}

/** A switch, and how a person meets it. */
export interface SwitchRow {
  name: string
  does: string
  prepare: (operator: Operator) => Promise<SwitchTrial>
}

/** What can be asked of one host, by its address. */
export interface SwitchTrial {
  /** Whether what the switch stops is stopped. @throws when the answer is neither */
  isStopped: (origin: string) => Promise<boolean>
  /** What goes on whatever the switch says. */
  goesOn: (origin: string) => Promise<void>
  /** What must hold while it is stopped, and after it goes on again. */
  meanwhile?: () => Promise<void>
  afterwards?: () => Promise<void>
}

/** A wrong value of a field with the word for it, and the whole reason when the field is not there, if not that it is missing. */
export type Wrong = [value: unknown, fault: string, without?: string]

/** Everything about the commands of one service. */
export interface CommandTable {
  queue: CommandQueue
  service: string
  rows: Row[]
  switches: SwitchRow[]
  /** Each field of each command. */
  wrong: Record<string, Record<string, Wrong>>
}
