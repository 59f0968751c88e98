/** One value on its way between host and library; exactly one of the fields is set. */
export type TypedData = {
  string?: string
  json?: string
  bytes?: Uint8Array
  int?: number
  double?: number
  http?: HttpData
}

/** An HTTP request on its way to the library (`method` … `query`), or an answer on its way back (`statusCode` …). */
export type HttpData = {
  method?: string
  /** Absolute. */
  url?: string
  headers?: Record<string, string>
  params?: Record<string, string>
  query?: Record<string, string>
  body?: TypedData | null
  statusCode?: string
  cookies?: CookieData[]
  enableContentNegotiation?: boolean
}

/** A cookie of an answer; `none` means that SameSite is not said at all. */
export type CookieData = {
  name: string
  value: string
  domain?: { value: string }
  path?: { value: string }
  expires?: { value: { seconds: number } }
  secure?: { value: boolean }
  httpOnly?: { value: boolean }
  sameSite: 'none' | 'lax' | 'strict' | 'explicitNone'
  maxAge?: { value: number }
}

/** A trigger, a return value or a further input or output of a function, with the options it was registered with. */
export type Binding = { type: string; direction: 'in' | 'out'; [option: string]: unknown }

/** What the library says of a function when it registers it. */
export type FunctionMetadata = { name: string; bindings: Record<string, Binding>; retryOptions?: unknown }

/** A handler as the application wrote it. */
export type Callback = (...args: unknown[]) => unknown

/** What a handler logged (`user`), or the library about it (`system`). */
export type LogCategory = 'user' | 'system'

/** What the library asks of the core for one invocation. */
export type CoreInvocation = {
  readonly invocationId: string
  readonly metadata: FunctionMetadata
  readonly request: object
  state: string | undefined
  log(level: string, category: LogCategory, message: string): void
}

/** How the library turns one invocation into a call of the handler. */
export type InvocationModel = {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: TypedData | null }>
}

/** What each copy of the library sets once, before it registers anything. */
export type ProgrammingModel = {
  getInvocationModel(invocation: CoreInvocation): InvocationModel
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>
}
