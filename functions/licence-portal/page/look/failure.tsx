import { asProblem } from '../data/problem.ts'
import { useLanguage } from '../language/texts.tsx'
import { RefusalBar } from './refusal-bar.tsx'
import { wordsOf } from './words-of-problem.ts'

/** Says what did not work and, where asking again may help, offers that. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const { say } = useLanguage()
  return <RefusalBar again={again}>{wordsOf(say, asProblem(error))}</RefusalBar>
}
