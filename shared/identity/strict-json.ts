/**
 * True when an object in this valid JSON text names a member twice. JSON.parse keeps the last one silently, so two
 * readers of one token could see two audiences (C23).
 */
export function hasDuplicateMembers(json: string): boolean {
  const open: (Set<string> | undefined)[] = []
  for (const token of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const text = token[0]
    if (text === '{') open.push(new Set())
    else if (text === '[') open.push(undefined)
    else if (text === '}' || text === ']') open.pop()
    else if (token[1] !== undefined) {
      const name = JSON.parse(text.slice(0, -token[1].length)) as string
      const members = open.at(-1)
      if (members?.has(name)) return true
      members?.add(name)
    }
  }
  return false
}
