import { Problem } from '../../data/problem.ts'

/** What is being asked for, and the key that makes its repeats safe. */
export interface Intention {
  wish: string
  key: string
}

/** The key of a wish: one that was never answered keeps its own, so that it is done once however often it is sent. */
export const intentionFor = (wish: string, open: Intention | null, newKey: () => string): Intention =>
  open?.wish === wish ? open : { wish, key: newKey() }

/** Whether it is known what came of it: a refusal is an answer; silence, and a failure on the way, are none. */
export const isAnswered = (error: unknown): boolean =>
  error instanceof Problem && ((error.status >= 400 && error.status < 500) || error.code === 'read_only')
