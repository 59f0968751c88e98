import type { Callback, FunctionMetadata, ProgrammingModel } from './contract.ts'

/** A hook, called with a context that depends on its kind. */
export type Hook = (context: object) => unknown

/** The hooks that the library knows. */
export const hookNames = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const

/** One of the hooks that the library knows. */
export type HookName = (typeof hookNames)[number]

/** A function as it was registered; `model` is that of the copy of the library that registered it. */
export type Registration = { app: App; metadata: FunctionMetadata; callback: Callback; model: ProgrammingModel }

/** What one service registered. In Azure it is an application of its own, so hooks concern its own functions only. */
export class App {
  readonly service: string
  readonly registrations: Registration[] = []
  readonly hooks: Record<HookName, Hook[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  }
  readonly appHookData: Record<string, unknown> = {}

  constructor(service: string) {
    this.service = service
  }

  /** Calls the hooks of one kind in the order of their registration, each with the same context. */
  async runHooks(name: Exclude<HookName, 'log'>, context: object): Promise<void> {
    for (const hook of this.hooks[name]) await hook(context)
  }
}
