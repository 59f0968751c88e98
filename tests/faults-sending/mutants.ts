import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** A way to break the promise that a mail goes once. `from` stands once in the file. */
export interface Mutant {
  name: string
  file: string
  from: string
  to: string
}

const sendRow = 'shared/merging/send-row.ts'
const settleClaims = 'shared/merging/settle-claims.ts'

/** Mistakes that somebody could make one day; `npm run faults` has to notice each. */
export const mutants: Mutant[] = [
  {
    name: 'a draft is sent before it is stored',
    file: sendRow,
    from: 'const etag = await stored(parts, drafted, given.etag)',
    to: 'const etag = given.etag',
  },
  {
    name: 'an unclear sending of a draft is tried again without a look',
    file: sendRow,
    from: "return outcome.kind === 'unclear' ? null : ",
    to: "return outcome.kind === 'unclear' ? tryAgain(parts, { ledger: { ...given.ledger, draft: null } }, 'unclear') : ",
  },
  {
    name: 'an unclear attempt without a draft is tried again',
    file: sendRow,
    from: "return { state: 'unknown', why: 'no_answer', end: parts.sending.now(), again: null, stop: null }",
    to: "return tryAgain(parts, given, 'no_answer')",
  },
  {
    name: 'a claim of a host that is gone is taken for never sent, where there are no drafts',
    file: settleClaims,
    from: "if (campaign.mode === 'send') return { state: 'unknown', why: 'no_answer', attempts }",
    to: "if (campaign.mode === 'send') return { state: 'pending', why: 'cut_off', attempts }",
  },
  {
    name: 'a mail that is not in its drafts any more is taken for not sent',
    file: settleClaims,
    from: 'if (!isGone) return {',
    to: 'if (isGone || !isGone) return {',
  },
  {
    name: 'what the index does not show yet is given up at once',
    file: settleClaims,
    from: 'const GIVE_UP_MS = 15 * 60_000',
    to: 'const GIVE_UP_MS = 0',
  },
  {
    name: 'a restore doubts no row ahead of the cursor',
    file: 'shared/merging/restore.ts',
    from: 'const last = marked?.answer ?? cursor',
    to: 'const last = marked ? cursor : cursor',
  },
]

const root = join(import.meta.dirname, '..', '..')

/** Copies the sources; packages are linked, but for those of this project, which are the copied ones. */
function copyProject(copy: string): void {
  const sources = ['functions', 'shared', 'infra', 'tests', 'package.json', 'host.json', 'local.settings.sample.json']
  for (const one of sources) cpSync(join(root, one), join(copy, one), { recursive: true })
  const packages = join(copy, 'node_modules')
  mkdirSync(join(packages, '@securemailmerge'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')).filter((one) => one !== '@securemailmerge'))
    symlinkSync(join(root, 'node_modules', name), join(packages, name))
  symlinkSync(join(copy, 'shared'), join(packages, '@securemailmerge', 'shared'))
  symlinkSync(join(copy, 'infra', 'local'), join(packages, '@securemailmerge', 'local'))
}

/** Runs the faults against this project with one mistake in it; true when they noticed. */
function isCaught({ file, from, to }: Mutant, faults: number, seed: number): boolean {
  const copy = mkdtempSync(join(tmpdir(), 'smm-mutant-'))
  try {
    copyProject(copy)
    writeFileSync(join(copy, file), readFileSync(join(copy, file), 'utf8').replace(from, to))
    const runner = join(copy, 'tests', 'faults-sending', 'faults.ts')
    const { status, stdout } = spawnSync(process.execPath, [runner, `--faults=${faults}`, `--seed=${seed}`], {
      cwd: copy,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    process.stderr.write(`  ${stdout.trim().split('\n').at(-1)}\n`)
    return status !== 0 && /^(sent twice|lost|wrong|left unknown although it was a draft): /m.test(stdout)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

// npm run mutants -- --faults 1000 --seed 3
if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { faults: { type: 'string', default: '1000' }, seed: { type: 'string', default: '3' } },
  })
  let caught = 0
  for (const mutant of mutants) {
    // Chance decides what is struck: what one run does not meet another may.
    const seeds = [0, 1, 2].map((more) => Number(values.seed) + more)
    const isSeen = seeds.some((seed) => isCaught(mutant, Number(values.faults), seed))
    caught += isSeen ? 1 : 0
    console.log(`${isSeen ? 'caught' : 'NOT CAUGHT'}: ${mutant.name}`)
  }
  console.log(`${caught} of ${mutants.length} caught`)
  process.exit(caught === mutants.length ? 0 : 1)
}
