import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Compiler, predict } from '../bicep-compiler.ts'
import { findings } from './checks.ts'
import type { Tried } from './self-test.ts'
import { given, worldOf } from './world.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** A way to break the sources themselves, so that it is seen that the way from them to the checks is not cut either. */
interface SourceBreak {
  breaks: string
  file: string
  from: string
  to: string
  /** The deployment in which it is seen; the usual one unless said otherwise. */
  as?: string
}

const sourceBreaks: SourceBreak[] = [
  {
    breaks: 'source: a container is called otherwise than in the code',
    file: 'shared/names.json',
    from: '"mailbox-grants": {',
    to: '"grants": {',
  },
  {
    breaks: 'source: operators read every container',
    file: 'infra/modules/access.bicep',
    from: 'filter(objectKeys(names.containers), it => !contains(unseen, it))',
    to: 'filter(objectKeys(names.containers), it => !contains(unseen, it) || true)',
  },
  {
    breaks: 'source: rights are given on the account before the restore',
    file: 'infra/modules/access.bicep',
    from: "databaseAccounts@2025-04-15' existing = { name: account }",
    to: "databaseAccounts@2025-04-15' existing = { name: empty(account) ? account : name }",
    as: 'on a restored account',
  },
  {
    breaks: 'source: the store of another account is watched',
    file: 'infra/modules/alerts.bicep',
    from: "databaseAccounts@2025-04-15' existing = {\n  name: account",
    to: "databaseAccounts@2025-04-15' existing = {\n  name: empty(account) ? account : name",
    as: 'on a restored account',
  },
  {
    breaks: 'source: a queue namespace takes keys',
    file: 'infra/modules/service-bus.bicep',
    from: 'disableLocalAuth: true',
    to: 'disableLocalAuth: false',
  },
]

/** Breaks copies of the sources, one way at a time, and compiles each. */
export const breakSources = (compiler: Compiler): Tried[] =>
  sourceBreaks.map((one) => ({ breaks: one.breaks, found: inCopy((folder) => foundIn(folder, one, compiler)) }))

function foundIn(
  folder: string,
  { file, from, to, as = 'as a rule' }: SourceBreak,
  compiler: Compiler,
): string | undefined {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) return undefined
  writeFileSync(path, text.replace(from, to))
  const { findings: said, template } = build(compiler, join(folder, 'infra', 'main.bicep'))
  if (!template) return said[0]
  const which = given.find((one) => one.as === as)
  return which && findings([worldOf(which, template, predict(compiler, template, which.parameters))])[0]
}

function inCopy<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'infra-'))
  try {
    mkdirSync(join(folder, 'infra'))
    mkdirSync(join(folder, 'shared'))
    for (const part of [
      'main.bicep',
      'bicepconfig.json',
      'modules',
      'queries',
      'workbook.json',
      'stripe-addresses.json',
    ]) {
      cpSync(join(root, 'infra', part), join(folder, 'infra', part), { recursive: true })
    }
    cpSync(join(root, 'shared', 'names.json'), join(folder, 'shared', 'names.json'))
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
