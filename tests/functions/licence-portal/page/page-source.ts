import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'

const root = join(import.meta.dirname, '..', '..', '..', '..')

/** A piece of a syntax tree, as the parser gives it. */
export type Node = Record<string, unknown> & { type: string; start: number }

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

function* within(node: Node): Generator<Node> {
  yield node
  for (const value of Object.values(node))
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) yield* within(one)
}

/** Every piece of a source, from the whole to its smallest parts. */
export function nodesOf(name: string, source: string): Node[] {
  const { program, errors } = parseSync(name, source)
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`)
  return [...within(program as unknown as Node)]
}

/** The sources below a folder of this project, by their paths. */
export function sourcesOf(folder: string): Map<string, string> {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const paths = names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name))
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** A text in quotes, as far as this piece is one. */
export const quoted = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined

/** The fixed parts of a text in backquotes that has values in it, as far as this piece is one. */
export const fixedParts = (node: Node): string[] | undefined =>
  node.type === 'TemplateLiteral'
    ? (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked)
    : undefined

/** What people would read, and no language file says: words between tags, and in attributes that are read aloud or shown. */
export function wordsInCode(nodes: Node[]): string[] {
  const attributes = [
    'aria-label',
    'aria-description',
    'aria-roledescription',
    'alt',
    'hint',
    'label',
    'placeholder',
    'title',
  ]
  return nodes.flatMap((node) => {
    if (node.type === 'JSXText') return [String(node.value)]
    const inside = (value: unknown): string[] => {
      if (!isNode(value)) return []
      if (value.type === 'JSXExpressionContainer') return inside(value.expression)
      if (value.type === 'ConditionalExpression') return [...inside(value.consequent), ...inside(value.alternate)]
      if (value.type === 'LogicalExpression') return [...inside(value.left), ...inside(value.right)]
      return [quoted(value), ...(fixedParts(value) ?? [])].filter((one) => one !== undefined)
    }
    if (node.type === 'JSXAttribute') {
      return attributes.includes(String((node.name as Node).name)) ? inside(node.value) : []
    }
    const isChildren = node.type === 'JSXElement' || node.type === 'JSXFragment'
    return isChildren ? (node.children as Node[]).flatMap(inside) : []
  })
}
