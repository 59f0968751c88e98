import type { World } from './world.ts'

/** One thing that must hold of what would be deployed. */
export interface Check {
  name: string
  /** What it protects: a sentence. */
  protects: string
  /** What is wrong, in words; nothing when all is well. */
  find: (world: World) => string[]
}

/** Both ways in which two lists can differ, in words. */
export function differences(found: string[], wanted: string[], tooMany: string, tooFew: string): string[] {
  return [
    ...found.filter((one) => !wanted.includes(one)).map((one) => `${tooMany}: ${one}`),
    ...wanted.filter((one) => !found.includes(one)).map((one) => `${tooFew}: ${one}`),
  ]
}

/** Each thing that something must have and has otherwise, in words. `wanted` may be a pattern. */
export function deviations(what: string, found: unknown, wanted: Record<string, unknown>): string[] {
  const has = (found ?? {}) as Record<string, unknown>
  return Object.entries(wanted).flatMap(([name, value]) => {
    const isAsWanted =
      value instanceof RegExp ? value.test(String(has[name])) : JSON.stringify(has[name]) === JSON.stringify(value)
    return isAsWanted ? [] : [`${what}: ${name} is ${JSON.stringify(has[name]) ?? 'not set'}, not ${said(value)}`]
  })
}

const said = (value: unknown) => (value instanceof RegExp ? String(value) : JSON.stringify(value))
