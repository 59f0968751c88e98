import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { beforeAll, describe, expect, it, vi } from 'vitest'

const page = join(import.meta.dirname, '..', '..', '..', '..', 'functions', 'licence-portal', 'page')
/** What a page may load of JavaScript, packed as it is sent, in thousands of bytes: the first page, and any. */
const [FIRST, ANY] = [130, 260]
const languages = ['en', 'fr']

let chunks: Rolldown.OutputChunk[] = []
const sizes = new Map<string, number>()
beforeAll(async () => {
  // As it is deployed: React is another in tests.
  vi.stubEnv('NODE_ENV', 'production')
  const { output } = (await build({
    ...{ configFile: join(page, 'vite.config.ts'), build: { write: false } },
  })) as Rolldown.RolldownOutput
  vi.unstubAllEnvs()
  chunks = output.filter((one) => one.type === 'chunk')
  for (const { fileName, code } of chunks) sizes.set(fileName, brotliCompressSync(code).length / 1000)
}, 120_000)

/** The files that begin with a source, such as `pages/it/it.tsx`. */
const startedBy = (isWanted: (source: string) => boolean) =>
  chunks.filter(({ facadeModuleId }) => facadeModuleId && isWanted(facadeModuleId))

/** Everything that is loaded with a file: it itself, and what it imports without being asked. */
function loadWith(file: string, loaded: Set<string>): void {
  const chunk = chunks.find(({ fileName }) => fileName === file)
  if (!chunk || loaded.has(file)) return
  loaded.add(file)
  for (const next of chunk.imports) loadWith(next, loaded)
}

/** Thousands of bytes of all that is loaded with these files. */
function weigh(files: Rolldown.OutputChunk[]): number {
  const loaded = new Set<string>()
  for (const { fileName } of files) loadWith(fileName, loaded)
  return [...loaded].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0)
}

/** The files on whose demand a file is loaded, from the first on, and itself. */
function wayTo(chunk: Rolldown.OutputChunk): Rolldown.OutputChunk[] {
  const before = chunks.find(({ dynamicImports }) => dynamicImports.includes(chunk.fileName))
  return before && !chunk.isEntry ? [...wayTo(before), chunk] : [chunk]
}

const texts = (group: string, language: string) => startedBy((source) => source.endsWith(`/${group}.${language}.json`))
const entry = () => chunks.filter(({ isEntry }) => isEntry)

describe('the JavaScript of the page, packed', () => {
  it.each(languages)(`is at most ${FIRST} kB for the first page, texts included: %s`, (language) => {
    expect(texts('page', language)).toHaveLength(1)
    const first = weigh([...entry(), ...texts('page', language)])
    expect(first).toBeGreaterThan(50)
    expect(first).toBeLessThanOrEqual(FIRST)
  })

  it(`is at most ${ANY} kB for any page, with the longest texts and the dialog that asks for a new sign-in`, () => {
    const pages = startedBy((source) => /\/page\/pages\/.*\.tsx$/.test(source))
    expect(pages.length).toBeGreaterThan(10)
    const again = startedBy((source) => source.endsWith('look/sign-in-again.tsx'))
    const more = [...again, ...texts('page', 'fr'), ...texts('manage', 'fr')]
    expect(more).toHaveLength(3)
    const heavy = pages.map((one) => [one.facadeModuleId, weigh([...wayTo(one), ...more])] as const)
    expect(heavy.filter(([, weight]) => weight > ANY)).toEqual([])
    expect(Math.max(...heavy.map(([, weight]) => weight))).toBeGreaterThan(weigh(entry()) + 20)
  })

  it('has texts that only some pages need in files that the first does not load', () => {
    const early = new Set<string>()
    for (const { fileName } of entry()) loadWith(fileName, early)
    for (const group of ['manage', 'purchase', 'it']) {
      const own = languages.flatMap((language) => texts(group, language))
      expect(own).toHaveLength(2)
      expect(own.filter(({ fileName }) => early.has(fileName))).toEqual([])
    }
  })
})
