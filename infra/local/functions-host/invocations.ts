import { randomUUID } from 'node:crypto'
import type { App } from './app.ts'
import type { CoreInvocation, FunctionMetadata, LogCategory, TypedData } from './contract.ts'
import type { HostedFunction } from './hosted.ts'

/** The fields of `triggerMetadata`, by their names in the .NET host (`MessageId`, …). */
export type TriggerMetadata = Record<string, TypedData>

/** Runs functions through the library, as the Node worker of Azure does, and knows how many are running. */
export class Invocations {
  #running = 0
  #idle: (() => void) | undefined

  get running(): number {
    return this.#running
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => (this.#idle = resolve))
  }

  /** Calls the handler with its hooks; gives what it returned. @throws what it or a hook threw, after logging it */
  async run(
    target: HostedFunction,
    data: TypedData,
    triggerMetadata: TriggerMetadata = {},
  ): Promise<TypedData | null | undefined> {
    this.#running += 1
    const invocation = new Invocation(target, data, triggerMetadata)
    try {
      return await invocation.run(target)
    } catch (error) {
      const { name, service } = target
      console.error(`functions: ${name} of ${service} failed (invocation ${invocation.invocationId}):`, error)
      throw error
    } finally {
      this.#running -= 1
      if (this.#running === 0) this.#idle?.()
    }
  }
}

class Invocation implements CoreInvocation {
  readonly invocationId = randomUUID()
  readonly metadata: FunctionMetadata
  readonly request: object
  state: string | undefined
  readonly #app: App
  readonly #hookData: Record<string, unknown> = {}
  #context: unknown

  constructor({ name, input, registration }: HostedFunction, data: TypedData, triggerMetadata: TriggerMetadata) {
    const { invocationId } = this
    this.metadata = registration.metadata
    this.#app = registration.app
    this.request = { invocationId, functionId: name, inputData: [{ name: input, data }], triggerMetadata }
  }

  async run({ registration }: HostedFunction): Promise<TypedData | null | undefined> {
    const { hooks, appHookData } = this.#app
    const model = registration.model.getInvocationModel(this)
    const { context, inputs } = await model.getArguments()
    this.#context = context
    const shared = { hookData: this.#hookData, appHookData, invocationContext: context }
    const before = { ...shared, functionCallback: registration.callback, inputs }
    if (hooks.preInvocation.length > 0) await this.#hooked('preInvocation', before)
    const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown }
    this.state = 'invocation'
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback)
    } catch (error) {
      // Even `throw undefined` is a failure.
      after.error = error ?? new Error(`the handler threw ${error}`)
    }
    this.state = undefined
    if (hooks.postInvocation.length > 0) await this.#hooked('postInvocation', after)
    // A hook makes a failure undone by setting it to null.
    if (after.error !== null && after.error !== undefined) throw after.error
    const { returnValue } = await model.getResponse(context, after.result)
    return returnValue
  }

  /** A line that a handler logs goes to the output as it is; the library's own warnings go to the error output. */
  log(level: string, category: LogCategory, message: string): void {
    const line = { level, message }
    const { hooks, appHookData } = this.#app
    if (hooks.log.length > 0) {
      const context = { ...line, category, hookData: this.#hookData, appHookData, invocationContext: this.#context }
      runLogHooks(hooks.log, context)
      if (category === 'user') Object.assign(line, { level: context.level, message: context.message })
    }
    if (category === 'user') process.stdout.write(`${line.message}\n`)
    else if (['warning', 'error', 'critical'].includes(level)) console.error(`functions: ${line.message}`)
  }

  async #hooked(name: 'preInvocation' | 'postInvocation', context: object): Promise<void> {
    this.state = `${name}Hooks`
    await this.#app.runHooks(name, context)
    this.state = undefined
  }
}

/** A log hook that fails must not take the line with it. */
function runLogHooks(hooks: App['hooks']['log'], context: object): void {
  try {
    for (const hook of hooks) hook(context)
  } catch (error) {
    console.error('functions: a log hook failed:', error)
  }
}
