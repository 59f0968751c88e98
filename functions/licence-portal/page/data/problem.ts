/** A refusal of a service (RFC 9457), or `unreachable` when no answer came. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  /** What the refusal says beside its code, such as the fields that are wrong. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, status: number, details: Record<string, unknown> = {}) {
    super(code)
    this.code = code
    this.status = status
    this.details = details
  }
}

/** What went wrong, as a refusal: whatever is none is a fault of ours. */
export const asProblem = (error: unknown): Problem => (error instanceof Problem ? error : new Problem('internal', 500))
