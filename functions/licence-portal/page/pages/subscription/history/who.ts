import type { HistoryEntry } from '../../../data/answers.ts'
import type { Key } from '../../../language/say.ts'

const names: Record<Exclude<HistoryEntry['by'], 'system'>, Key> = {
  you: 'history.by.you',
  another_account: 'history.by.another',
  operator: 'history.by.operator',
  erased: 'history.by.erased',
}

/** Who made a change, in words. What we do ourselves comes from the payment provider, or from somebody's first use. */
export function whoDid({ by, did }: Pick<HistoryEntry, 'by' | 'did'>): Key {
  if (by !== 'system') return names[by]
  return did === 'purchased' || did === 'changed_at_seller' ? 'history.by.seller' : 'history.by.itself'
}
