/** A list with more addresses, each once. What was typed there and not sent yet is not lost. */
export const listWith = (draft: string, addresses: readonly string[]): string =>
  [...new Set([...draft.split('\n').map((line) => line.trim()), ...addresses])].filter((line) => line !== '').join('\n')
