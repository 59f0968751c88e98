const states = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const
export type InvoiceState = (typeof states)[number]

/** The state of an invoice, if it is one that we have words for; others may come. */
export const stateOf = (told: string): InvoiceState | undefined => states.find((state) => state === told)

/** How good or bad that is: what it is coloured by. */
export function toneOf(state: InvoiceState | undefined): 'success' | 'warning' | 'danger' | 'subtle' {
  if (state === 'paid') return 'success'
  if (state === 'uncollectible') return 'danger'
  return state === 'open' ? 'warning' : 'subtle'
}
