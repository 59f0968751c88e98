import Module from 'node:module'
import { App, type Hook, type HookName, hookNames, type Registration } from './app.ts'
import type { Callback, FunctionMetadata, ProgrammingModel } from './contract.ts'
import { StartFailure } from './start-failure.ts'

/** Undoes a registration. */
class Disposable {
  readonly dispose: () => void

  constructor(dispose: () => void) {
    this.dispose = dispose
  }

  static from(...inner: { dispose(): void }[]): Disposable {
    return new Disposable(() => inner.forEach((one) => void one.dispose()))
  }
}

/** The library tells an unknown hook from other faults by this mark. */
class UnknownHook extends RangeError {
  override readonly name = 'RangeError'
  readonly isAzureFunctionsSystemError = true
}

/** What stands in for `@azure/functions-core`: it collects what the services register while they are loaded. */
export class Core {
  readonly version = 'local'
  readonly hostVersion = 'local'
  readonly Disposable = Disposable
  readonly #apps: App[] = []
  #loading: App | undefined
  #model: ProgrammingModel | undefined

  /** All functions of all services. */
  get registrations(): Registration[] {
    return this.#apps.flatMap((app) => app.registrations)
  }

  get apps(): readonly App[] {
    return this.#apps
  }

  /**
   * Gives this core to every copy of the library that is loaded from now on.
   * A copy keeps the first core it finds: a process can only ever have one.
   */
  install(): void {
    const prototype = Module.prototype as { require(id: string): unknown }
    const original = prototype.require
    const core = this
    prototype.require = function (id) {
      return id === '@azure/functions-core' ? core : original.call(this, id)
    }
  }

  /** Runs `load` and counts everything registered meanwhile as `service`. @throws whatever `load` throws */
  async collect(service: string, load: () => Promise<unknown>): Promise<void> {
    const app = new App(service)
    this.#apps.push(app)
    this.#loading = app
    try {
      await load()
    } finally {
      this.#loading = undefined
    }
  }

  // From here on: what the library calls. It takes the methods off the object, so they are bound.

  readonly setProgrammingModel = (model: ProgrammingModel): void => {
    this.#model = model
  }

  readonly getProgrammingModel = (): ProgrammingModel | undefined => this.#model

  readonly registerFunction = (metadata: FunctionMetadata, callback: Callback): Disposable => {
    const app = this.#current(`function "${metadata.name}"`)
    const other = this.registrations.find((one) => one.metadata.name.toLowerCase() === metadata.name.toLowerCase())
    if (other) {
      const owners = `${other.app.service} and ${app.service}`
      throw new StartFailure(`function "${metadata.name}" is registered twice, by ${owners}: names are unique`)
    }
    if (!this.#model) throw new StartFailure(`function "${metadata.name}" came before its programming model`)
    return remembered(app.registrations, { app, metadata, callback, model: this.#model })
  }

  readonly registerHook = (name: string, hook: Hook): Disposable => {
    if (!hookNames.includes(name as HookName)) throw new UnknownHook(`Unrecognized hook "${name}"`)
    return remembered(this.#current(`hook "${name}"`).hooks[name as HookName], hook)
  }

  readonly log = (level: string, _category: string, message: string): void => {
    if (['warning', 'error', 'critical'].includes(level)) console.error(`functions: ${message}`)
  }

  #current(what: string): App {
    if (this.#loading) return this.#loading
    throw new StartFailure(`${what} is registered after start-up: register it while its index is loaded`)
  }
}

function remembered<T>(list: T[], entry: T): Disposable {
  list.push(entry)
  return new Disposable(() => void list.splice(list.indexOf(entry), 1))
}
