import { isObject } from './item.ts'
import { Refusal, unsupported } from './refusal.ts'

interface PatchOperation {
  op: string
  path: string
  value?: unknown
}

/** What a client sends to change parts of an item: steps, and perhaps a SQL condition that begins with FROM. */
export interface Patch {
  condition?: string
  operations: PatchOperation[]
}

const SYSTEM_FIELDS = new Set(['id', '_rid', '_self', '_etag', '_ts', '_attachments'])

/** @throws Refusal 400 for a body that is not a patch of 1 to 10 steps */
export function patchOf(body: unknown): Patch {
  const { condition, operations } = isObject(body) ? body : { condition: undefined, operations: body }
  if (!Array.isArray(operations) || operations.length === 0) throw new Refusal(400, 'A patch must have operations.')
  if (operations.length > 10) throw new Refusal(400, 'A patch must not have more than 10 operations.')
  for (const step of operations) {
    if (!isObject(step) || typeof step.op !== 'string') throw new Refusal(400, 'A patch operation must have an op.')
    if (typeof step.path !== 'string' || !step.path.startsWith('/')) throw new Refusal(400, 'A path must begin with /.')
  }
  return { operations, ...(typeof condition === 'string' ? { condition } : {}) }
}

/**
 * The item after all steps of the patch, as a new object.
 *
 * @throws Refusal 400 when a step does not fit the item
 */
export function patched(item: Record<string, unknown>, patch: Patch, keyField: string): Record<string, unknown> {
  const copy = structuredClone(item)
  for (const step of patch.operations) {
    const names = step.path.slice(1).split('/').map(unescaped)
    if (SYSTEM_FIELDS.has(String(names[0])) || names[0] === keyField) {
      throw new Refusal(400, `A patch must not change ${step.path}.`)
    }
    take(copy, names, step)
  }
  return copy
}

const unescaped = (name: string) => name.replaceAll('~1', '/').replaceAll('~0', '~')

function take(root: unknown, names: string[], step: PatchOperation): void {
  const parent = names.slice(0, -1).reduce(within, root)
  const name = String(names.at(-1))
  if (Array.isArray(parent)) takeInArray(parent, name, step)
  else if (isObject(parent)) takeInObject(parent, name, step)
  else throw missing(step.path)
}

function takeInObject(parent: Record<string, unknown>, name: string, step: PatchOperation): void {
  const old = Object.hasOwn(parent, name) ? parent[name] : undefined
  if (old === undefined && (step.op === 'replace' || step.op === 'remove')) throw missing(step.path)
  if (step.op === 'remove') delete parent[name]
  else parent[name] = valueAfter(step, old)
}

function takeInArray(parent: unknown[], name: string, step: PatchOperation): void {
  const at = name === '-' ? parent.length : Number(name)
  const last = step.op === 'add' ? parent.length : parent.length - 1
  if (!Number.isInteger(at) || at < 0 || at > last) throw missing(step.path)
  if (step.op === 'remove') parent.splice(at, 1)
  else if (step.op === 'add') parent.splice(at, 0, step.value)
  else parent[at] = valueAfter(step, parent[at])
}

const within = (parent: unknown, name: string): unknown =>
  Array.isArray(parent) ? parent[Number(name)] : isObject(parent) ? parent[name] : undefined

function valueAfter({ op, path, value }: PatchOperation, old: unknown): unknown {
  if (op !== 'incr') {
    if (!['add', 'set', 'replace'].includes(op)) throw unsupported(`the patch operation ${op}`)
    if (value === undefined) throw new Refusal(400, `The patch operation for ${path} has no value.`)
    return value
  }
  if (typeof value !== 'number') throw new Refusal(400, 'incr needs a number.')
  if (old !== undefined && typeof old !== 'number') throw new Refusal(400, `${path} is not a number.`)
  return (old ?? 0) + value
}

const missing = (path: string) => new Refusal(400, `The item has nothing at ${path}.`)
