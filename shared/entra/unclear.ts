/** What may be told of a call that brought no answer of Microsoft's: names and codes, never a message or a body. */
export function unclearCode(error: unknown): string {
  const parts = chain(error).flatMap(({ name, code }) => [name, code])
  const words = parts.filter((part): part is string => typeof part === 'string' && /^[\w.-]{1,60}$/.test(part))
  return [...new Set(words)].filter((word) => word !== 'Error').join(' ') || 'no_answer'
}

/** An error and what caused it. */
function chain(error: unknown): { name?: unknown; code?: unknown }[] {
  if (!(error instanceof Error)) return []
  return [error as { name?: unknown; code?: unknown }, ...chain(error.cause)]
}
