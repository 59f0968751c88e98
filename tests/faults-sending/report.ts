import type { Outcome } from './run.ts'
import { failpoints } from './tally.ts'

const SHOWN = 20

/** Everything that must not be. */
export function failures({ findings, tally, ownEnds, deadLetters }: Outcome): string[] {
  const { twice, lost, wrong, needless } = findings
  return [
    ...twice.map((one) => `sent twice: ${one}`),
    ...lost.map((one) => `lost: ${one}`),
    ...wrong.map((one) => `wrong: ${one}`),
    ...needless.map((one) => `left unknown although it was a draft: ${one}`),
    ...ownEnds.map((one) => `a host ended by itself: ${one}`),
    ...failpoints.filter((name) => tally.kills[name] === 0).map((name) => `nobody was killed at: ${name}`),
    ...(deadLetters > 0 ? [`${deadLetters} ticks dead-lettered`] : []),
  ]
}

/** Prints what was done and what came of it; the last line is the verdict. */
export function report(outcome: Outcome, ms: number): void {
  const { tally, findings, settled } = outcome
  const { mails, campaigns, twice, lost, unknown } = findings
  for (const one of failures(outcome).slice(0, SHOWN)) console.log(one)
  const listed = (entries: [string, number][]) => entries.map(([name, times]) => `${name} ${times}`).join(', ')
  const kinds = [...tally.faults].sort(([a], [b]) => a.localeCompare(b))
  console.log(`kills: ${tally.killed} (${listed(Object.entries(tally.kills))}, at random ${tally.atRandom})`)
  console.log(`other faults: ${listed(kinds)}`)
  console.log(
    `${campaigns} campaigns, ${mails} mails, ${outcome.restores} restores, ${outcome.deadLetters} dead letters, ` +
      `${outcome.tooFast} faster than the pace, ${outcome.strays} stray drafts, in ${Math.round(ms / 1000)} s`,
  )
  console.log(
    `faults: ${tally.total} injected, ${twice.length} sent twice, ${lost.length} lost, ` +
      `${settled.cutOff + settled.byPeople} unknown settled, ${unknown} left unknown`,
  )
}
