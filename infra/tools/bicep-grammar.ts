import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Finding } from './bicep-compiler.ts'

/** A node of a syntax tree, as far as it is needed here. */
interface Node {
  type: string
  text: string
  isMissing: boolean
  hasError: boolean
  startPosition: { row: number }
  children: Node[]
}
type Parse = (text: string) => { rootNode: Node }

/**
 * Checks the syntax of Bicep files, and nothing else: for machines without the compiler.
 * @throws Error when the packages of the grammar are not installed
 */
export async function checkSyntax(files: string[]): Promise<Finding[]> {
  const parse = await parser()
  return files.flatMap((file) => {
    const { rootNode } = parse(readFileSync(file, 'utf8'))
    return faults(rootNode).map(
      ({ startPosition, text }) => `${file}:${startPosition.row + 1} syntax: ${text.split('\n', 1)[0]}`,
    )
  })
}

/** The innermost nodes that are wrong. */
function faults(node: Node): Node[] {
  if (!node.hasError && !node.isMissing) return []
  const inner = node.children.flatMap(faults)
  return inner.length > 0 ? inner : [node]
}

async function parser(): Promise<Parse> {
  // Named apart from the import, so that the project compiles where these packages are not installed.
  const names = { runtime: 'web-tree-sitter', grammar: 'tree-sitter-bicep/tree-sitter-bicep.wasm' }
  const { Parser, Language } = await import(names.runtime)
  await Parser.init()
  const made = new Parser()
  made.setLanguage(await Language.load(createRequire(import.meta.url).resolve(names.grammar)))
  return (text) => made.parse(text)
}
