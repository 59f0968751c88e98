import type { Subscription } from '../../../data/answers.ts'

const FEW = 10

/** Whether a withdrawal can be undone: only where what becomes free can be assigned again. */
export const canUndo = ({ licensing, overQuantity, may }: Subscription): boolean =>
  licensing && overQuantity === 0 && may.includes('assign')

/** Whether to ask before so many are withdrawn: where it is more than a few, or cannot be undone. */
export const asksFirst = (count: number, subscription: Subscription): boolean => count > FEW || !canUndo(subscription)
