import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { statusOf } from '@securemailmerge/shared/http/problems'
import { inputFault } from '@securemailmerge/shared/input-fault'
import { verdictCodes } from '@securemailmerge/shared/licensing/verdict'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import sample from '../local.settings.sample.json' with { type: 'json' }
import manifest from '../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md', 'infra/**/*.md'], { cwd: root }).filter(
  (path) => !path.includes('node_modules'),
)
/** First cells of the rows of the table that follows a heading, without their back-ticks. */
const firstCells = (page: string, heading: string) => [
  ...(read(page).split(heading)[1] ?? '').split('\n## ')[0]!.matchAll(/^\| `([^`]+)` +\|(?: +(\d{3}) +\|)?/gm),
]

describe('docs', () => {
  it.each(pages)('%s: every link to a file or heading leads somewhere', (page) => {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? join(root, page) : join(root, dirname(page), path)
      expect(existsSync(file), `${page} → ${target}`).toBe(true)
      if (anchor) {
        const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => slug(text))
        expect(headings, `${page} → ${target}`).toContain(anchor)
      }
    }
  })

  it.each(pages)('%s: every npm command exists', (page) => {
    // Commands stand in back-ticks; elsewhere npm is a word like another.
    for (const [, name = ''] of read(page).matchAll(/`npm (?:run )?([a-z][a-z:]*)/g)) {
      expect([...Object.keys(manifest.scripts), 'ci', 'install'], `${page}: npm ${name}`).toContain(name)
    }
  })

  it('the README shows exactly two commands, and both are scripts', () => {
    const blocks = [...read('README.md').matchAll(/```sh\n([^`]+)```/g)].map(([, text = '']) => text.trim())
    expect(blocks).toEqual(['npm start', 'npm test'])
  })

  it('docs/api.md lists every code of the look-up', () => {
    const listed = firstCells('docs/api.md', '## Is this person licensed?').map(([, code]) => code)
    expect(listed.sort()).toEqual([...verdictCodes].sort())
  })

  it('docs/api.md lists every problem with its status', () => {
    const listed = Object.fromEntries(
      firstCells('docs/api.md', '## Problems').map(([, code, status]) => [code, Number(status)]),
    )
    expect(listed).toEqual({ ...statusOf, internal: 500 })
  })

  it('docs/api.md lists every fault of an input that a schema names', () => {
    const sources = globSync(['shared/http/**/*.ts', 'shared/licensing/*.ts', 'shared/azure/items.ts'], { cwd: root })
    const words = /(?:regex|refine)\([^\n]*, '([a-z0-9_]+)'|(?:message|fault): '([a-z0-9_]+)'/g
    const named = sources.flatMap((path) => [...read(path).matchAll(words)].map(([, rule, said]) => rule ?? said))
    // Operators alone send these.
    const asked = [...new Set(named)].filter((word) => word !== 'not_a_hash' && word !== 'too_late')
    expect(asked.length).toBeGreaterThan(12)
    const section = (read('docs/api.md').split('## What is wrong with a request')[1] ?? '').split('\n## ')[0] ?? ''
    const listed = [...section.matchAll(/`([a-z0-9_]+)`/g)].map(([, word]) => word)
    expect(asked.filter((word) => !listed.includes(word))).toEqual([])
    const schema = z.object({
      a: z.string(),
      b: z.enum(['x']),
      c: z.int(),
      d: z.iso.date(),
      e: z.array(z.int()).min(1),
    })
    const wrong = [{}, { a: 1, b: 'y', c: 0.5, d: 'x', e: [] }].flatMap((value) => {
      const { error } = schema.strict().safeParse({ ...value, f: 1 })
      return (error?.issues ?? []).map((issue) => inputFault(issue, value))
    })
    expect([...new Set(wrong)].filter((word) => !listed.includes(word))).toEqual([])
  })

  it('docs/settings.md lists every setting of the sample', () => {
    const listed = firstCells('docs/settings.md', '# Settings').map(([, name]) => name)
    expect(listed.sort()).toEqual(Object.keys(sample.Values).sort())
  })
})

const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')
