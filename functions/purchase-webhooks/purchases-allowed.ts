import { Refusal } from '@securemailmerge/shared/refusal'
import type { Services } from './wiring.ts'

/** Whether people may tell the seller something now. @throws Refusal `read_only` while an operator has stopped it */
export async function purchasesAllowed({ operations }: Services): Promise<void> {
  if (!(await operations.isOn('purchases'))) return
  throw new Refusal('read_only', 'Purchases are stopped for a short time.', { retryAfterSeconds: 300 })
}
