import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, matchesGlob } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean)
const isOurs = (name: string) => !['.git', ...ignored].some((entry) => matchesGlob(name, entry.replace(/\/$/, '')))
const walk = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => isOurs(name))
    .flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]))
const files = walk('')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const code = files.filter((path) => /\.(tsx?|mjs)$/.test(path))
const within = (...folders: string[]) => code.filter((path) => folders.some((folder) => path.startsWith(folder)))

/** What a source imports, as written. */
function specifiers(source: string): string[] {
  const statements = source.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm)
  const others = source.matchAll(/^\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm)
  return [...statements, ...others].map(([, name, called]) => name ?? called ?? '')
}

/** What a file imports, files of ours by their path: `shared/refusal.ts`. */
function imports(path: string): string[] {
  return specifiers(read(path)).map((name) => {
    if (name.startsWith('.')) return join(dirname(path), name)
    if (!name.startsWith('@securemailmerge/')) return name
    const inside = name.slice('@securemailmerge/'.length).replace(/^local(?=\/|$)/, 'infra/local')
    return inside.endsWith('.json') ? inside : `${inside}.ts`
  })
}

/** Each import that breaks a rule, as `file -> import`. */
const offences = (paths: string[], isWrong: (imported: string, path: string) => boolean): string[] =>
  paths.flatMap((path) =>
    imports(path)
      .filter((imported) => isWrong(imported, path))
      .map((imported) => `${path} -> ${imported}`),
  )

/** Each line that breaks a rule, as `file:line`. */
const lines = (paths: string[], wrong: RegExp): string[] =>
  paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (wrong.test(line) ? [`${path}:${index + 1}`] : [])),
  )

/** Rules that hold in a browser as on the server. They import nothing that a browser lacks. */
const rulesOfThePage = [
  'licensing/canonical-address',
  'merging/csv-cell',
  'purchasing/prices',
  'purchasing/prices.json',
]

/** What a source of the page imports, in fact and not as a type, that no browser has: as `file -> import`. */
function strayValues(source: string, path: string): string[] {
  const types = /^\s*(?:import|export)\s+(?:type\b[^'"]*?|\{(?:\s*type\s+\w+\s*,?)+\s*\}\s*)from\s*['"][^'"]+['"]/gm
  return specifiers(source.replaceAll(types, ''))
    .filter((name) =>
      name.startsWith('.')
        ? !join(dirname(path), name).startsWith('functions/licence-portal/page/')
        : /^(@securemailmerge\/(?!shared\/languages\/)|node:|@azure\/|stripe$)/.test(name),
    )
    .filter((name) => !rulesOfThePage.includes(name.replace('@securemailmerge/shared/', '')))
    .map((name) => `${path} -> ${name}`)
}

const isSdk = (name: string) => /^(@azure\/|stripe$|stripe\/|@microsoft\/)/.test(name)
const serviceOf = (path: string) => path.split('/').slice(0, 2).join('/')

describe('what the rules read', () => {
  it('every way to import', () => {
    const source = `
import one from 'one'
import type { Two } from "two"
import {
  three,
  type Four,
} from './three.ts'
import 'four'
import names from 'five' with { type: 'json' }
export * from './six.ts'
export type { Seven } from './seven.ts'
const eight = await import('eight')
const nine = require('nine')
const text = 'from ten'
`
    const found = ['one', 'two', './three.ts', 'five', './six.ts', './seven.ts', 'four', 'eight', 'nine']
    expect(specifiers(source)).toEqual(found)
  })

  it('the files of this project, and only those', () => {
    expect(files).toEqual(expect.arrayContaining(['.ci/run', '.gitignore', 'package.json', 'shared/refusal.ts']))
    expect(within('shared/', 'functions/').length).toBeGreaterThan(20)
    expect(files.filter((path) => /node_modules|^dist\//.test(path))).toEqual([])
  })
})

const concepts = within('shared/licensing/', 'shared/purchasing/', 'shared/merging/')
/** The stores, and the few functions that work on more than one of them. All else in a concept is a rule. */
const storeNames = [
  'attempt',
  'waiting-line',
  'directory',
  'look-up',
  'managed',
  'observed',
  'purchases',
  'refresh',
  'seat-use',
  'settle',
  ...['subscriptions', 'erase', 'erasures', 'walk'],
  ...['act-on-tick', 'campaigns', 'claim-row', 'content', 'finish-grant', 'folding', 'grants', 'mailbox-tokens'],
  ...['read-rows', 'refill', 'rendering', 'report', 'restore', 'sealing', 'send-row', 'sending', 'settle-claims'],
  ...['epoch', 'left-out', 'store-list', 'tell-owner', 'test-mail', 'tidy', 'turn', 'uploads', 'work'],
]
const stores = concepts.filter((path) => storeNames.includes(basename(path, '.ts')))
const rules = concepts.filter((path) => !stores.includes(path))

describe('who imports whom', () => {
  it('shared imports nothing outside shared', () => {
    // The settings nobody may deploy are those of the sample, wherever the sample lies.
    const allowed = ['shared/unsafe-settings.ts -> local.settings.sample.json']
    const found = offences(within('shared/'), (imported) =>
      /^(functions|infra|tests)\/|^local\.settings/.test(imported),
    )
    expect(found.filter((offence) => !allowed.includes(offence))).toEqual([])
  })

  it('rules import zod, refusals, words, identities and each other; what stores may also name the adapter', () => {
    const pure =
      /^(zod|shared\/(refusal|hash)\.ts|shared\/(languages\/[\w.-]+|purchasing\/prices\.json)|shared\/(identity|licensing|purchasing|merging)\/[\w/-]+\.ts)$/
    // What reads HTML as browsers do, and what cleans it, compute and do nothing else.
    const isWrongInRule = (imported: string, path: string) =>
      !pure.test(imported) &&
      !(path.startsWith('shared/merging/template/') && /^(parse5|sanitize-html)$/.test(imported))
    expect(offences(rules, isWrongInRule)).toEqual([])
    const isWrong = (imported: string) =>
      !pure.test(imported) &&
      !/^(shared\/(azure\/|stripe\/|entra\/|graph\/|log\.ts$)|jose$|node:crypto$)/.test(imported)
    expect(offences(stores, isWrong)).toEqual([])
  })

  it('rules do not wait', () => {
    expect(lines(rules, /^(?! *(\/?\*|\/\/)).*\b(async|await|Promise)\b/)).toEqual([])
  })

  it('services never import one another', () => {
    const isOther = (imported: string, path: string) =>
      imported.startsWith('functions/') && serviceOf(imported) !== serviceOf(path)
    expect(offences(within('functions/'), isOther)).toEqual([])
  })

  it('a service reaches shared by its name, and nothing else of this project but itself', () => {
    const strays = within('functions/').flatMap((path) =>
      specifiers(read(path))
        .filter((name) => name.startsWith('.') && !join(dirname(path), name).startsWith(`${serviceOf(path)}/`))
        .map((name) => `${path} -> ${name}`),
    )
    expect(strays).toEqual([])
  })

  it('the page takes from shared only types, languages and a few rules, and nothing of what runs on a server', () => {
    const page = within('functions/licence-portal/page/').filter((path) => basename(path) !== 'vite.config.ts')
    expect(page.filter((path) => path.endsWith('.tsx')).length).toBeGreaterThan(20)
    expect(page.flatMap((path) => strayValues(read(path), path))).toEqual([])
    const faulty = [
      "import { store } from '@securemailmerge/shared/licensing/subscriptions'",
      "import { type A, store } from '@securemailmerge/shared/a'",
      "import '@securemailmerge/shared/names.json'",
      "const late = await import('@securemailmerge/shared/config')",
      "export * from '@securemailmerge/shared/b'",
      "import { thing } from '../show-page.ts'",
      "import { readFile } from 'node:fs'",
    ]
    const fine = [
      "import type { A } from '@securemailmerge/shared/a'",
      "import { type A, type B } from '@securemailmerge/shared/a'",
      "const texts = () => import('@securemailmerge/shared/languages/page.en.json')",
      "import { Home } from './pages/home.tsx'",
      "import { Text } from '@fluentui/react-components'",
    ]
    const found = (line: string) => strayValues(line, 'functions/licence-portal/page/main.tsx').length
    expect([...faulty, ...fine].map(found)).toEqual([...faulty.map(() => 1), ...fine.map(() => 0)])
  })

  it('only adapters import an SDK', () => {
    const adapters = /^shared\/(azure|stripe|graph)\//
    // The library that carries requests and messages is no store: triggers and their frames may know it.
    const frames = /^(functions\/|shared\/http\/|shared\/(queue-handler|commands)\.ts$)/
    const isWrong = (name: string, path: string) =>
      isSdk(name) && !adapters.test(path) && !(name === '@azure/functions' && frames.test(path))
    expect(offences(within('shared/', 'functions/'), isWrong)).toEqual([])
  })

  it('nothing but stand-ins and tests imports a stand-in', () => {
    const others = code.filter((path) => !/^(infra\/local|tests)\//.test(path))
    expect(offences(others, (imported) => imported.startsWith('infra/local'))).toEqual([])
  })
})

describe('one place for each', () => {
  it('shared/config.ts alone reads the environment', () => {
    const others = within('shared/', 'functions/').filter((path) => path !== 'shared/config.ts')
    expect(lines(others, /\bprocess\s*\.\s*env\b|\bfrom 'node:process'|\benv\s*}\s*=\s*process\b/)).toEqual([])
  })

  it('clients are made in wiring.ts and in the adapters it calls', () => {
    const others = within('shared/', 'functions/').filter(
      (path) => !/^shared\/(azure|stripe)\/|\/wiring\.ts$/.test(path),
    )
    expect(lines(others, /\bnew (CosmosClient|ServiceBusClient|Stripe|\w+Credential)\b/)).toEqual([])
  })

  it('index.ts alone registers triggers', () => {
    const others = within('functions/').filter((path) => basename(path) !== 'index.ts')
    expect(lines(others, /\bapp\.(http|get|post|put|patch|deleteRequest|timer|serviceBus|generic|hook)\w*\b/)).toEqual(
      [],
    )
  })
})

describe('what lies where', () => {
  it('only these stand at the top', () => {
    const allowed = [
      '.biome.json .ci .editorconfig .github .gitignore .npmrc CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md azure.yaml',
      'docs functions host.json infra local.settings.sample.json package.json package-lock.json shared tests tsconfig.json',
    ].flatMap((line) => line.split(' '))
    const top = new Set(files.map((path) => path.split('/')[0]!))
    expect([...top].filter((name) => !allowed.includes(name))).toEqual([])
  })

  it('no file of code is longer than 200 lines', () => {
    const long = files
      .filter((path) => /\.(tsx?|mjs|js|bicep)$/.test(path) && !path.startsWith('tests/'))
      .filter((path) => read(path).trimEnd().split('\n').length > 200)
    expect(long).toEqual([])
  })

  it('no file is called after nothing', () => {
    expect(code.filter((path) => /^(utils?|helpers?|common|types|misc)\./.test(basename(path)))).toEqual([])
  })

  it('no file names a path of one machine', () => {
    const places = ['work', 'root', 'home'].join('|')
    expect(lines(files, new RegExp(`(^|[\\s'"\`(=:])/(${places})/`))).toEqual([])
  })
})
